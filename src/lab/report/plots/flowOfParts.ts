import type { ComparisonRun, FlowCurve } from '../../comparison/Comparison.js';
import type { Plot } from '../Plot.js';
import { type DistanceAxis, flowPoints, shareAxis } from './flowPoints.js';
import { cellColour, frame } from './frame.js';

/** The four blocks of an LSTM's state: the colour says where a change begins, a dashed line that it crosses over. */
export function flowOfLstm(run: ComparisonRun | undefined, x: DistanceAxis): Plot[] {
  const curves = curvesAfter(run);
  const unit = curves.find(({ of }) => of === 'memory→memory')?.values[0] ?? NaN;
  const lines = [
    { of: 'memory→memory', label: 'C to C', colour: 'var(--plot-lstm)', dash: [1, 0] },
    { of: 'memory→hidden', label: 'C to h', colour: 'var(--plot-lstm)', dash: [4, 3] },
    { of: 'hidden→hidden', label: 'h to h', colour: 'var(--plot-ink)', dash: [1, 0] },
    { of: 'hidden→memory', label: 'h to C', colour: 'var(--plot-ink)', dash: [4, 3] },
  ];
  return linesPlot(
    x,
    'gradient-flow-lstm',
    'LSTM: memory C and hidden state h',
    'Four falling lines: how much each part of the state of the LSTM depends on each part of it k steps before, on a logarithmic scale',
    lines.flatMap((line) => curves.filter(({ of }) => of === line.of).map((curve) => ({ ...line, curve, unit }))),
  );
}

/** The state of an RNN beside what its recurrent weights would do alone. */
export function flowOfRnn(run: ComparisonRun | undefined, x: DistanceAxis): Plot[] {
  const curves = curvesAfter(run);
  const lines = [
    { of: 'state', label: 'state', colour: cellColour('rnn', ['rnn']), dash: [1, 0] },
    { of: 'powers', label: 'weights', colour: 'var(--plot-ink)', dash: [1, 0] },
    { of: 'eigenvalues', label: 'eigenvalues', colour: 'var(--plot-ink)', dash: [4, 3] },
  ];
  return linesPlot(
    x,
    'gradient-flow-rnn',
    'RNN: its state, and its weights alone',
    'Three lines: the norm of the gradient of the state of the RNN, of the powers of its recurrent weights, and of those of their eigenvalues, on a logarithmic scale',
    lines.flatMap((line) =>
      curves.filter(({ of }) => of === line.of).map((curve) => ({ ...line, curve, unit: curve.values[0] ?? NaN })),
    ),
  );
}

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash: number[];
  readonly curve: FlowCurve;
  /** What is 1 on the axis. */
  readonly unit: number;
}

function linesPlot(x: DistanceAxis, name: string, title: string, description: string, lines: readonly Line[]): Plot[] {
  if (lines.length === 0) return [];
  const domain = lines.map(({ label }) => label);
  const legend = { orient: 'top', title: null, symbolType: 'stroke', columns: 4, columnPadding: 8 } as const;
  const values = lines.flatMap(({ label, curve, unit }) => flowPoints(label, curve, unit));
  const spec = frame(title, [
    {
      data: { values },
      mark: { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x,
        y: { ...shareAxis(values), field: 'share' },
        color: { field: 'line', type: 'nominal', scale: { domain, range: lines.map(({ colour }) => colour) }, legend },
        strokeDash: { field: 'line', scale: { domain, range: lines.map(({ dash }) => dash) }, legend },
      },
    },
  ]);
  return [{ name, description, spec }];
}

function curvesAfter(run: ComparisonRun | undefined): readonly FlowCurve[] {
  return run?.gradientFlow.find(({ when }) => when === 'after training')?.curves ?? [];
}
