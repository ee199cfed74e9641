"""What the peers of bench:shakespeare share: the text, the clock, and what they print.

Each is called with CORPUS MINUTES THREADS, and its recipe behind them. MINUTES are a number, or several with commas: a recipe
that does not depend on the time there is is trained once and measured after each.
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
    return data[:learned], last, len(ids), Clock([float(one) * 60 for one in minutes.split(',')]), own


class Clock:
    """Seconds of training, which begin when the first is asked for and stand still in a measurement."""

    def __init__(self, budgets):
        self.budgets = budgets
        self.begin = None

    def share(self):
        """How much of the time is over."""
        return self.seconds() / self.budgets[-1]

    def seconds(self):
        self.begin = self.begin or time.perf_counter()
        return time.perf_counter() - self.begin

    def measures(self, report):
        """Reports once for each budget but the last that is over."""
        if len(self.budgets) == 1 or self.seconds() < self.budgets[0]:
            return
        stopped = time.perf_counter()
        report(stopped - self.begin)
        self.budgets = self.budgets[1:]
        self.begin += time.perf_counter() - stopped

    def ends(self, report):
        """Reports for each budget that is left."""
        report(self.seconds(), len(self.budgets))


def report(model, steps, seconds, measure, times=1):
    """Prints what a training gave, as a line of JSON, so many times."""
    model.eval()
    with torch.no_grad():
        nats = measure()
    model.train()
    parameters = sum(weight.numel() for weight in model.parameters())
    outcome = {'parameters': parameters, 'steps': steps, 'seconds': seconds, 'natsPerCharacter': nats}
    for _ in range(times):
        print(json.dumps(outcome), flush=True)
