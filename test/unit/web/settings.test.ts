import test from 'ava';
import { SETTINGS, settings } from '../../../web/state/settings.js';

test('what is set stands in an address and is read from it as it was', (t) => {
  const pins = [
    { layer: 0, gate: 'hidden', unit: 12, value: -0.5 },
    { layer: 1, gate: 'a gate; =.', value: 2 },
  ];
  for (const [setting, value] of [
    [settings.pins, pins],
    [settings.rows, ['a;b', 'ü & c']],
    [settings.view, 'beams'],
    [settings.topK, 3],
    [settings.text, 'a\n;&=#%41'],
    [settings.temperature, 0.05],
  ] as const) {
    const { write, read } = setting as { write: (value: unknown) => string; read: (written: string) => unknown };
    t.deepEqual(read(write(value)), value);
  }
});

test('what cannot be set is read as nothing', (t) => {
  for (const [setting, written] of [
    [settings.view, 'nowhere'],
    [settings.view, 'constructor'],
    [settings.temperature, '-1'],
    [settings.temperature, 'NaN'],
    [settings.temperature, ''],
    [settings.beams, '2.5'],
    [settings.beams, '1e9'],
    [settings.topP, '1.01'],
    [settings.pins, '0.hidden.5'],
    [settings.pins, '0.hidden.x=1'],
    [settings.pins, '0.hidden.5=1;'],
    [settings.pins, '0.%E0%A4%A.5=1'],
    [settings.rows, '%E0%A4%A'],
  ] as const)
    t.is(setting.read(written), undefined, written);
});

test('what nobody set is what holds then', (t) => {
  for (const [name, { signal, fallback }] of SETTINGS) t.is(signal.value, fallback, name);
});
