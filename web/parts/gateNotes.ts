/** What the gates of the cells that are taught most do: of `update` and `forget`, how a unit remembers. */
const NOTES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gru: {
    update:
      'Near 0 a unit keeps what it has, near 1 it takes its candidate: one that stays near 0 over a passage remembers.',
    reset: 'How much of what all units have goes into the candidates: near 0, hardly more than what is read now.',
    candidate: 'What a unit takes where its update gate is near 1.',
  },
  lstm: {
    forget: 'How much of its memory a unit keeps: near 1 it remembers, near 0 it forgets.',
    input: 'How much of its candidate a unit adds to its memory.',
    output: 'How much of its memory a unit shows, to the other units and to what writes.',
    candidate: 'What a unit adds to its memory, as far as its input gate lets it.',
  },
};

/** What a gate does; `undefined`: of this one the page says nothing. */
export function gateNote(cell: string, gate: string): string | undefined {
  return NOTES[cell]?.[gate];
}

/** How each cell remembers. */
const REMEMBERING: Readonly<Record<string, string>> = {
  rnn: 'An RNN makes its whole state anew at every step, so that what it read fades.',
  gru: 'A GRU keeps what a unit has where its gate “update” is near 0.',
  lstm: 'An LSTM keeps a unit’s memory where its gate “forget” is near 1.',
};

/** Why cells remember as they do, a sentence each. */
export function howTheyRemember(cells: readonly string[]): string {
  return [...new Set(cells)].flatMap((cell) => REMEMBERING[cell] ?? []).join(' ');
}
