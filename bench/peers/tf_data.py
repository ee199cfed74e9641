"""tf.data: lines → ids of characters → + EOS → shuffle → bucket_by_sequence_length → padded batches and masks.

usage: tf_data.py FILE. Prints a line of JSON, as the programs in bench/pipeline do.
"""
import json
import os
import resource
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
import tensorflow as tf  # noqa: E402

MAX_TOKENS, BUFFER_SIZE = 6400, 4096
path = sys.argv[1]
characters = sorted(set(open(path, encoding='utf-8').read()) - {'\n'})
table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(
        tf.constant([ord(c) for c in characters], tf.int32), tf.range(3, 3 + len(characters), dtype=tf.int32)
    ),
    default_value=2,
)
# Each bucket's batches hold as many sequences of its longest length as fit.
bounds = [8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 512, 768, 1024, 2048, MAX_TOKENS]
sizes = [max(1, MAX_TOKENS // bound) for bound in bounds] + [1]


def encode(line):
    ids = table.lookup(tf.strings.unicode_decode(line, 'UTF-8'))
    return tf.concat([ids, [1]], 0)


dataset = (
    tf.data.TextLineDataset(path)
    .filter(lambda line: tf.strings.length(line) > 0)
    .map(encode, num_parallel_calls=tf.data.AUTOTUNE)
    .shuffle(BUFFER_SIZE)
    .bucket_by_sequence_length(tf.size, [bound + 1 for bound in bounds], sizes)
    .map(lambda ids: (ids, tf.cast(ids != 0, tf.float32)), num_parallel_calls=tf.data.AUTOTUNE)
    .prefetch(2)
)
sentences = tokens = places = batches = 0
start = time.perf_counter()
for ids, mask in dataset.as_numpy_iterator():
    sentences += ids.shape[0]
    places += ids.size
    tokens += int(mask.sum())
    batches += 1
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(sentences=sentences, tokens=tokens, places=places, batches=batches, seconds=seconds, peakMemory=peak)))
