import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { integer, nested } from './fields.js';
import type { SummaryValue } from './SummaryValue.js';

/** What one event of an event file tells. */
export type EventContent =
  /** How the events that follow are to be read: the first of a file. */
  | { readonly type: 'version' }
  /** A training begins, or goes on, with the event's step: what was logged before of this step and later ones is void. */
  | { readonly type: 'start' }
  | { readonly type: 'values'; readonly values: readonly SummaryValue[] };

/**
 * An `Event` (event.proto) as a protobuf message.
 * @param wallTime seconds since 1970
 */
export function encodeEvent(content: EventContent, step: number, wallTime: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(wallTime);
  integer(writer, 2, step);
  if (content.type === 'version') writer.tag(3, WireType.LengthDelimited).string('brain.Event:2');
  // `SessionLog.START`.
  else if (content.type === 'start') nested(writer, 7, () => integer(writer, 1, 1));
  else
    nested(writer, 5, () => {
      for (const value of content.values) nested(writer, 1, () => value(writer));
    });
  return writer.finish();
}
