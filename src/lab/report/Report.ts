import type { Plot } from './Plot.js';

/** What a report says, whatever it is written as: plain text, tables, plots. */
export interface Report {
  readonly title: string;
  readonly sections: readonly Section[];
}

/** A part of a report: in this order, paragraphs, formulas, tables, plots. */
export interface Section {
  /** None in a section that follows the title. */
  readonly heading?: string | undefined;
  readonly paragraphs: readonly string[];
  readonly formulas?: readonly Formula[] | undefined;
  readonly tables?: readonly Table[] | undefined;
  /** Plots in groups: each begins a new row. */
  readonly plots?: readonly (readonly Plot[])[] | undefined;
}

/** Lines of mathematics, as characters. */
export interface Formula {
  readonly caption: string;
  readonly text: string;
}

/** A table; its first column names the rows. */
export interface Table {
  /** What it shows, for readers who cannot see it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** A column of a table. */
export interface Column {
  readonly label: string;
  /** Numbers stand to the right, text to the left. */
  readonly kind: 'number' | 'text';
}

/** A column of text. */
export function textColumn(label: string): Column {
  return { label, kind: 'text' };
}

/** A column of numbers. */
export function numberColumn(label: string): Column {
  return { label, kind: 'number' };
}
