"""Trains the LSTM of a job in Keras on TensorFlow: the same batches, masked loss, clipping by norm, Adam.

usage: keras_train.py JOB. Answers each line on standard input with a line of JSON, as torch_train.py does.
"""
import json
import sys
import time

import keras
import numpy
import tensorflow as tf

job = json.load(open(sys.argv[1]))
tf.config.threading.set_intra_op_parallelism_threads(2)
model = keras.Sequential([
    keras.layers.Input((None,), dtype='int32'),
    keras.layers.Embedding(job['vocabularySize'], job['embeddingSize']),
    keras.layers.LSTM(job['hiddenSize'], return_sequences=True),
    keras.layers.Dense(job['vocabularySize']),
])
optimizer = keras.optimizers.Adam(2e-3, global_clipnorm=job['clipNorm'])

batches = []
for batch in job['batches']:
    length, size = batch['length'], batch['size']
    targets = numpy.array(batch['ids'], 'int32').reshape(length, size).T
    lengths = numpy.array(batch['lengths'])
    mask = (numpy.arange(length)[None] < lengths[:, None]).astype('float32')
    inputs = numpy.concatenate([numpy.full((size, 1), job['eosId'], 'int32'), targets[:, :-1]], axis=1)
    batches.append(tuple(tf.constant(array) for array in (inputs, targets, mask)))


@tf.function(reduce_retracing=True, input_signature=[
    tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.float32)])
def train_step(inputs, targets, mask):
    with tf.GradientTape() as tape:
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, model(inputs, training=True))
        loss = tf.reduce_sum(nats * mask) / tf.reduce_sum(mask)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss


optimizer.build(model.trainable_variables)
for _ in sys.stdin:
    start = time.perf_counter()
    for batch in batches:
        float(train_step(*batch))
    seconds = time.perf_counter() - start
    print(json.dumps({'work': sum(sum(batch['lengths']) for batch in job['batches']), 'seconds': seconds}), flush=True)
