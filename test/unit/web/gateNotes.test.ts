import test from 'ava';
import { Computer } from '../../../web/compute/Computer.js';
import { gateNote, howTheyRemember } from '../../../web/parts/gateNotes.js';
import { given } from '../../support/computing.js';
import { handMadeFiles } from '../../support/handMadeModel.js';

for (const cell of ['gru', 'lstm'] as const)
  test(`every gate of ${cell === 'gru' ? 'a GRU' : 'an LSTM'} has a note, and no part of its state`, async (t) => {
    const files = handMadeFiles({ cell, characters: 'ab', embeddingSize: 2, hiddenSize: 3, weights: {} });
    const { layers } = await new Computer().ask<'open'>({ kind: 'open', model: 'm', source: given(files) });
    for (const { name, isState } of layers.flat()) t.is(gateNote(cell, name) === undefined, isState, name);
  });

test('of cells that are not known nothing is said', (t) => {
  t.is(gateNote('indRnn', 'update'), undefined);
  t.is(howTheyRemember(['indRnn']), '');
});

test('of two models of one cell it is said once', (t) => {
  t.is(howTheyRemember(['gru', 'gru']), howTheyRemember(['gru']));
  t.regex(howTheyRemember(['rnn', 'gru']), /^An RNN .* A GRU .*“update”/);
});
