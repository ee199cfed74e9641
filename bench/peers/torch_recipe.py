"""The recipe of `train` in PyTorch, on the batches of `train`: nn.Embedding, nn.GRU or nn.LSTM, dropout of the outputs, which rises, masked mean loss,
clipping by norm, AdamW, a learning rate that rises and falls along a cosine over the minutes, and a mean of the weights, with which it is measured.

usage: torch_recipe.py DIRECTORY THREADS, with what bench/recipe/writeJob.ts writes. Prints a line of JSON at the end.

What is nearest to ours, and what is not the same:
- Dropout of the state, which the recipe has, is LEFT OUT: nn.GRU and nn.LSTM cannot do it, and a loop over time steps in Python would be another
  program. `--train='--dropout-state 0'` leaves it out of ours.
- Our `gru` has no biases, so nn.GRU has bias=False. Its reset gate applies after the product with the state, that of `gru` before it:
  `--train='--cell gruResetAfter'` is nn.GRU's.
- Our `lstm` has one bias, which begins at 0; nn.LSTM has two, which are added. The second stays 0 and does not learn.
- Other weights begin as PyTorch has it, from the distributions that ours begin from.
"""
import json
import math
import sys
import time

import torch
from torch.nn import functional as F

# Of our warmupCosine and WeightAverage.
MIN_WARMUP, REACH = 0.05, 8

directory, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
job = json.load(open(f'{directory}/job.json'))
torch.manual_seed(job['seed'])


def read(name):
    """Batches: targets [length × size], and the length of each row."""
    numbers = torch.frombuffer(bytearray(open(f'{directory}/{name}', 'rb').read()), dtype=torch.int32)
    batches, at = [], 0
    while at < len(numbers):
        size, length = numbers[at : at + 2].tolist()
        lengths = numbers[at + 2 : at + 2 + size]
        at += 2 + size + size * length
        batches.append((numbers[at - size * length : at].view(length, size), lengths))
    return batches


def ready(batch):
    """Inputs [length × size], targets and mask [length · size], and how many tokens count."""
    targets, lengths = batch
    inputs = torch.cat([torch.full((1, len(lengths)), job['eosId'], dtype=torch.int32), targets[:-1]])
    mask = torch.arange(len(targets))[:, None] < lengths
    return inputs, targets.long().flatten(), mask.float().flatten(), int(lengths.sum())


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        hidden, layers = job['hiddenSize'], job['layers']
        between = job['dropout'] if layers > 1 else 0
        self.embedding = torch.nn.Embedding(job['vocabularySize'], job['embeddingSize'])
        module = getattr(torch.nn, job['module'])
        self.rnn = module(job['embeddingSize'], hidden, layers, bias=job['bias'], dropout=between)
        self.dropout = torch.nn.Dropout(job['dropout'])
        self.output = torch.nn.Linear(hidden, job['vocabularySize'])
        for name, weight in self.named_parameters():
            if 'bias' in name:
                torch.nn.init.zeros_(weight)
            if 'bias_hh' in name:
                weight.requires_grad_(False)

    def loss(self, inputs, targets, mask):
        """The sum over unmasked tokens, in nats."""
        logits = self.output(self.dropout(self.rnn(self.embedding(inputs))[0]))
        return (F.cross_entropy(logits.flatten(0, 1), targets, reduction='none') * mask).sum()


def rate_at(share):
    warmup = job['warmup']
    if share < warmup:
        return job['learningRate'] * max(share / warmup, MIN_WARMUP)
    fall = 0.5 * (1 + math.cos(math.pi * min(1, (share - warmup) / (1 - warmup))))
    return job['learningRate'] * (job['finalRate'] + (1 - job['finalRate']) * fall)


model = Model()
weights = [weight for weight in model.parameters() if weight.requires_grad]
means = [torch.zeros_like(weight) for weight in weights]
optimizer = torch.optim.AdamW(weights, betas=(0.9, job['beta2']), weight_decay=job['weightDecay'], fused=True)
batches, valid = read('train.bin'), read('valid.bin')

steps, tokens, seconds, budget, begin = 0, 0, 0.0, job['minutes'] * 60, time.perf_counter()
while seconds < budget:
    inputs, targets, mask, count = ready(batches[steps % len(batches)])
    risen = min(1, (steps // job['batchesAnEpoch'] + 1) / (job['risingEpochs'] + 1))
    model.dropout.p = risen * job['dropout']
    model.rnn.dropout = model.dropout.p if job['layers'] > 1 else 0.0
    for group in optimizer.param_groups:
        group['lr'] = rate_at(seconds / budget)
    optimizer.zero_grad()
    (model.loss(inputs, targets, mask) / count).backward()
    torch.nn.utils.clip_grad_norm_(weights, job['clipNorm'])
    optimizer.step()
    steps += 1
    with torch.no_grad():
        kept = min(job['average'], (steps - 1) / (steps + REACH))
        torch._foreach_lerp_(means, weights, 1 - kept)
    tokens += count
    seconds = time.perf_counter() - begin

model.eval()
with torch.no_grad():
    torch._foreach_copy_(weights, means)
    nats = sum(model.loss(*ready(batch)[:3]).item() for batch in valid)
outcome = {
    'parameters': sum(weight.numel() for weight in weights),
    'steps': steps,
    'seconds': seconds,
    'tokens': tokens,
    'natsPerCharacter': nats / job['validCharacters'],
}
print(json.dumps(outcome), flush=True)
