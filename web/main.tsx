import { render } from 'preact';
import { App } from './App.js';
import { keepAddress } from './state/address.js';
import { keepTheme } from './state/keepTheme.js';
import { offerModels } from './state/offerModels.js';

keepAddress();
keepTheme();
const place = document.getElementById('page');
if (place) render(<App />, place);
void offerModels();
