"""Trains the model of a job in PyTorch: the same batches, masked loss, clipping by norm, Adam.

usage: torch_train.py JOB OPTIMIZER THREADS, with OPTIMIZER `fused` or `foreach`. Answers each line on standard input with a
line of JSON: the tokens of a round over the batches, and its seconds.
"""
import json
import sys
import time

import torch

job = json.load(open(sys.argv[1]))
torch.set_num_threads(int(sys.argv[3]))
torch.manual_seed(0)
vocabulary, hidden = job['vocabularySize'], job['hiddenSize']


class Steps(torch.nn.Module):
    """A cell without products with its state: one product for all time steps, then a loop over them."""

    def __init__(self, size, blocks):
        super().__init__()
        self.inputs = torch.nn.Linear(size, blocks * hidden)

    def loop(self, parts):
        state, outputs = torch.zeros_like(parts[0][0]), []
        for part in zip(*parts):
            state = self.step(state, *part)
            outputs.append(state)
        return torch.stack(outputs), state


class MinGru(Steps):
    def __init__(self, size):
        super().__init__(size, 2)

    def forward(self, x):
        update, candidate = self.inputs(x).chunk(2, -1)
        return self.loop((update.sigmoid(), torch.where(candidate >= 0, candidate + 0.5, candidate.sigmoid())))

    def step(self, state, update, candidate):
        return torch.lerp(state, candidate, update)


class IndRnn(Steps):
    def __init__(self, size):
        super().__init__(size, 1)
        self.recurrent = torch.nn.Parameter((torch.arange(hidden) + 0.5) / hidden)

    def forward(self, x):
        return self.loop((self.inputs(x),))

    def step(self, state, of_input):
        return torch.relu(torch.addcmul(of_input, state, self.recurrent))


def cell(size):
    if job['cell'] in ('minGru', 'indRnn'):
        return {'minGru': MinGru, 'indRnn': IndRnn}[job['cell']](size)
    return getattr(torch.nn, job['cell'].upper())(size, hidden, job['layers'])


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, job['embeddingSize'])
        self.cell = cell(job['embeddingSize'])
        self.projection = torch.nn.Linear(hidden, vocabulary)

    def forward(self, ids):
        return self.projection(self.cell(self.embedding(ids))[0])


batches = []
for batch in job['batches']:
    length, size = batch['length'], batch['size']
    targets = torch.tensor(batch['ids']).view(length, size)
    lengths = torch.tensor(batch['lengths'])
    mask = (torch.arange(length)[:, None] < lengths[None]).float()
    inputs = torch.cat([torch.full((1, size), job['eosId']), targets[:-1]])
    batches.append((inputs, targets.flatten(), mask.flatten(), int(lengths.sum())))

model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, **{sys.argv[2]: True})
cross_entropy = torch.nn.CrossEntropyLoss(reduction='none')

for _ in sys.stdin:
    start = time.perf_counter()
    for inputs, targets, mask, tokens in batches:
        optimizer.zero_grad()
        loss = (cross_entropy(model(inputs).flatten(0, 1), targets) * mask).sum() / tokens
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), job['clipNorm'])
        optimizer.step()
        loss.item()
    seconds = time.perf_counter() - start
    print(json.dumps({'work': sum(batch[3] for batch in batches), 'seconds': seconds}), flush=True)
