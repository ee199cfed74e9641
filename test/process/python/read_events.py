"""Prints what TensorBoard's own reader finds in a run's directory, as JSON.

usage: read_events.py DIRECTORY

It reads as `tensorboard --logdir` does: all event files of the directory, in order, with what a restart voids purged.
Numbers that JSON lacks are strings: "nan", "inf", "-inf".
"""

import json
import math
import sys
import types

# TensorBoard then reads files by itself, without TensorFlow, which takes seconds to load.
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")

from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.util import tensor_util


def plain(value):
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def hparams(content):
    values = hparams_metadata.parse_session_start_info_plugin_data(content).hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in values.items()}


accumulator = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
accumulator.Reload()
tags = {}
for tag in accumulator.Tags()["tensors"]:
    plugin = accumulator.SummaryMetadata(tag).plugin_data
    tags[tag] = {
        "plugin": plugin.plugin_name,
        "events": [
            [event.step, event.wall_time, plain(tensor_util.make_ndarray(event.tensor_proto).tolist())]
            for event in accumulator.Tensors(tag)
        ],
    }
    if plugin.plugin_name == "hparams":
        tags[tag]["hparams"] = hparams(plugin.content)
json.dump(tags, sys.stdout, allow_nan=False)
