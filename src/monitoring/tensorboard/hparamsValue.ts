import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { nested } from './fields.js';
import { pluginValue, type SummaryValue } from './SummaryValue.js';

/** The settings of a run, by name. */
export type RunSettings = Readonly<Record<string, string | number | boolean>>;

/**
 * The settings of a run for TensorBoard's hparams plugin: a `SessionStartInfo` (plugins/hparams/plugin_data.proto).
 *
 * No `Experiment` is written: where there is one, TensorBoard takes the first it finds for all runs, and shows no setting
 * that it lacks; where there is none, TensorBoard lists the settings and the scalars of all runs.
 *
 * @param startTime seconds since 1970
 */
export function hparamsValue(settings: RunSettings, startTime: number): SummaryValue {
  const writer = new BinaryWriter();
  nested(writer, 3, () => {
    for (const [name, value] of Object.entries(settings))
      nested(writer, 1, () => {
        writer.tag(1, WireType.LengthDelimited).string(name);
        nested(writer, 2, () => writeSetting(writer, value));
      });
    writer.tag(5, WireType.Bit64).double(startTime);
  });
  return pluginValue('_hparams_/session_start_info', 'hparams', writer.finish());
}

/** A `Value` of struct.proto. */
function writeSetting(writer: BinaryWriter, value: RunSettings[string]): void {
  if (typeof value === 'number') writer.tag(2, WireType.Bit64).double(value);
  else if (typeof value === 'string') writer.tag(3, WireType.LengthDelimited).string(value);
  else writer.tag(4, WireType.Varint).bool(value);
}
