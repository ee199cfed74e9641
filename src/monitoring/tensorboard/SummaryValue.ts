import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { integer, nested } from './fields.js';
import { BUCKETS, histogram } from './histogram.js';

/** Writes the fields of one thing that TensorBoard shows under a tag: a `Summary.Value` (summary.proto). */
export type SummaryValue = (writer: BinaryWriter) => void;

/** A tensor, as tensor.proto has it: the number of its type in types.proto, its shape, and its elements' field. */
interface Tensor {
  readonly type: 1 | 2 | 7;
  readonly shape: readonly number[];
  writeElements(writer: BinaryWriter): void;
}

/** A number, which TensorBoard draws over the steps; kept in float32. */
export function scalarValue(tag: string, value: number): SummaryValue {
  return summaryValue(tag, 'scalars', {
    type: 1,
    shape: [],
    writeElements: (writer) => writer.tag(5, WireType.LengthDelimited).fork().float(Math.fround(value)).join(),
  });
}

/** A distribution of numbers. */
export function histogramValue(tag: string, values: Float32Array): SummaryValue {
  const rows = histogram(values);
  return summaryValue(tag, 'histograms', {
    type: 2,
    shape: [BUCKETS, 3],
    // Little-endian, as is every machine that TensorFlow runs on.
    writeElements: (writer) => writer.tag(4, WireType.LengthDelimited).bytes(new Uint8Array(rows.buffer)),
  });
}

/** A text, which TensorBoard shows as Markdown. */
export function textValue(tag: string, text: string): SummaryValue {
  return summaryValue(tag, 'text', {
    type: 7,
    shape: [],
    writeElements: (writer) => writer.tag(8, WireType.LengthDelimited).string(text),
  });
}

/** What a plugin of TensorBoard's reads beside a tag, without numbers. */
export function pluginValue(tag: string, plugin: string, content: Uint8Array): SummaryValue {
  return summaryValue(tag, plugin, { type: 1, shape: [0], writeElements: () => {} }, content);
}

/** `plugin` is that which shows the tensor, `content` what is meant for it alone. */
function summaryValue(tag: string, plugin: string, tensor: Tensor, content?: Uint8Array): SummaryValue {
  return (writer) => {
    writer.tag(1, WireType.LengthDelimited).string(tag);
    nested(writer, 8, () => {
      integer(writer, 1, tensor.type);
      nested(writer, 2, () => {
        for (const size of tensor.shape) nested(writer, 2, () => integer(writer, 1, size));
      });
      tensor.writeElements(writer);
    });
    nested(writer, 9, () =>
      nested(writer, 1, () => {
        writer.tag(1, WireType.LengthDelimited).string(plugin);
        if (content) writer.tag(2, WireType.LengthDelimited).bytes(content);
      }),
    );
  };
}
