"""PyTorch DataLoader with a batch sampler over sentences sorted by length; the whole text is in memory.

usage: torch_loader.py FILE. Prints a line of JSON, as the programs in bench/pipeline do.
"""
import json
import random
import resource
import sys
import time

import torch
from torch.nn.utils.rnn import pad_sequence

MAX_TOKENS = 6400
path = sys.argv[1]
ids_of = {character: id + 3 for id, character in enumerate(sorted(set(open(path, encoding='utf-8').read()) - {'\n'}))}


class Sentences(torch.utils.data.Dataset):
    def __init__(self):
        lines = (line.rstrip('\n') for line in open(path, encoding='utf-8'))
        self.sequences = [[ids_of[character] for character in line] + [1] for line in lines if line]

    def __len__(self):
        return len(self.sequences)

    def __getitem__(self, index):
        return torch.tensor(self.sequences[index], dtype=torch.int32)


class SortedBatches:
    def __init__(self, sequences):
        self.lengths = [len(sequence) for sequence in sequences]

    def __iter__(self):
        order = sorted(range(len(self.lengths)), key=lambda index: (self.lengths[index], random.random()))
        batches, batch = [], []
        for index in order:
            if batch and self.lengths[index] * (len(batch) + 1) > MAX_TOKENS:
                batches.append(batch)
                batch = []
            batch.append(index)
        batches.append(batch)
        random.shuffle(batches)
        return iter(batches)


def collate(sequences):
    ids = pad_sequence(sequences)
    return ids, (ids != 0).float()


sentences = tokens = places = batches = 0
start = time.perf_counter()
dataset = Sentences()
for ids, mask in torch.utils.data.DataLoader(dataset, batch_sampler=SortedBatches(dataset.sequences), collate_fn=collate):
    sentences += ids.shape[1]
    places += ids.numel()
    tokens += int(mask.sum())
    batches += 1
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(sentences=sentences, tokens=tokens, places=places, batches=batches, seconds=seconds, peakMemory=peak)))
