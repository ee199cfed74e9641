"""What the peers of bench:shakespeare share: the text, the clock, and what they print.

Each is called with CORPUS MINUTES THREADS, and its recipe behind them.
"""
import json
import sys
import time

import torch


def arguments():
    """The text to learn from, the last tenth, the size of the vocabulary, a clock, and the recipe's own arguments."""
    corpus, minutes, threads, *own = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    text = open(corpus, newline='').read()
    ids = {character: place for place, character in enumerate(sorted(set(text)))}
    data = torch.tensor([ids[character] for character in text])
    learned = len(data) * 9 // 10
    # Nothing stands before the last tenth, so its first character is read behind a line end.
    last = torch.cat([torch.tensor([ids['\n']]), data[learned:]])
    return data[:learned], last, len(ids), Clock(float(minutes) * 60), own


class Clock:
    """Seconds of training, which begin when the first is asked for."""

    def __init__(self, budget):
        self.budget = budget
        self.begin = None

    def share(self):
        """How much of the time is over."""
        return self.seconds() / self.budget

    def seconds(self):
        self.begin = self.begin or time.perf_counter()
        return time.perf_counter() - self.begin


def report(model, steps, seconds, measure):
    """Prints what a training gave, as a line of JSON."""
    model.eval()
    with torch.no_grad():
        nats = measure()
    parameters = sum(weight.numel() for weight in model.parameters())
    print(json.dumps({'parameters': parameters, 'steps': steps, 'seconds': seconds, 'natsPerCharacter': nats}))
