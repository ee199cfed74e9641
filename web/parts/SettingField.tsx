import type { ComponentProps } from 'preact';
import type { Setting } from '../state/Setting.js';
import { NumberField } from './NumberField.js';

/** The field of a setting that is a number, or may be none. */
export function SettingField({
  setting,
  ...field
}: Omit<ComponentProps<typeof NumberField>, 'value' | 'isOptional' | 'onChange'> & {
  setting: Setting<number> | Setting<number | undefined>;
}) {
  // A field that is not optional never changes to none.
  const { signal, fallback } = setting as Setting<number | undefined>;
  return (
    <NumberField
      {...field}
      isOptional={fallback === undefined}
      value={signal.value}
      onChange={(value) => {
        signal.value = value;
      }}
    />
  );
}
