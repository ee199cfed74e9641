"""A saved model in PyTorch: prints the log-probability of every token of a sentence, as this library's `score` gives it.

usage: python load_in_torch.py DIRECTORY SENTENCE

Needs torch and safetensors, and for a model of word pieces sentencepiece. The format is described in models.md.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import linear, logsigmoid, softplus

OPERATIONS = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "minimum": torch.minimum,
    "maximum": torch.maximum,
    "negate": torch.neg,
    "oneMinus": lambda a: 1 - a,
    "sigmoid": torch.sigmoid,
    "logSigmoid": logsigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "exp": torch.exp,
    "softplus": softplus,
    "squareRoot": torch.sqrt,
    "product": torch.matmul,
    "rowSum": lambda a: a.sum(dim=1, keepdim=True),
    "join": lambda *parts: torch.cat(parts, dim=-1),
}


def evaluate(graph, given):
    """The values of all nodes of a cell's graph, from those of its leaves by name."""
    values = []
    for node in graph["nodes"]:
        args = [values[place] for place in node.get("args", [])]
        if node["operation"] == "leaf":
            values.append(given[node["name"]])
        elif node["operation"] == "constant":
            values.append(torch.tensor(node["value"], dtype=torch.float32))
        elif node["operation"] == "columns":
            values.append(args[0][..., node["from"] : node["to"]])
        else:
            values.append(OPERATIONS[node["operation"]](*args))
    return values


def leaves(graph, dependence):
    """The shapes of a graph's leaves by name: of its weights, its state or its inputs."""
    return {node["name"]: node["shape"] for node in graph["nodes"] if node.get("dependence") == dependence}


class RecordedModel(nn.Module):
    """A model of whatever cell, computed as cell.json records its equation."""

    def __init__(self, config, cell, tensors):
        super().__init__()
        self.tensors, self.layers = tensors, []
        for layer in range(config["layers"]):
            graph = cell["layers"][min(layer, len(cell["layers"]) - 1)]["graph"]
            own = weights_of(cell, tensors, layer, leaves(graph, "weights"))
            weights = {name: own[name] for name in leaves(graph, "weights")}
            zeros = {part: torch.zeros(size) for part, (_, size) in leaves(graph, "state").items()}
            initial = {part: own.get("initial" + part[0].upper() + part[1:], row) for part, row in zeros.items()}
            self.layers.append((graph, weights, initial))
        zoneout = config.get("zoneout", 0)
        self.zoneout = zoneout if isinstance(zoneout, dict) else {part: zoneout for part in initial}

    def forward(self, ids):
        """Log-probabilities [time x batch x vocabulary] of what follows each of these ids, [time x batch]."""
        values = self.tensors["embedding.weight"][ids]
        for graph, weights, initial in self.layers:
            (input,), outputs = leaves(graph, "inputs"), []
            state = {part: row.expand(ids.shape[1], -1) for part, row in initial.items()}
            for x in values:
                made = evaluate(graph, {input: x, **state, **weights})
                for part, place in graph["state"].items():
                    # What is expected of a part of which a share stays as it was; an output that is such a part is it after that.
                    state[part] = state[part] + (1 - self.zoneout.get(part, 0)) * (made[place] - state[part])
                is_output = [part for part, place in graph["state"].items() if place == graph["output"]]
                outputs.append(state[is_output[0]] if is_output else made[graph["output"]])
            values = torch.stack(outputs)
        return torch.log_softmax(linear(values, self.tensors["output.weight"], self.tensors["output.bias"]), dim=-1)


def weights_of(cell, tensors, layer, names):
    """A layer's weights as the cell's equation has them; those of nn.RNN, nn.LSTM and nn.GRU are stored as there."""
    if "torch" not in cell:
        prefix = f"layers.{layer}."
        return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    blocks, negated = cell["torch"]["blocks"], cell["torch"]["negated"]

    def own(tensor):
        parts = tensor.chunk(len(blocks))
        ordered = [parts[blocks.index(block)] for block in range(len(blocks))]
        return torch.cat([-part if block in negated else part for block, part in enumerate(ordered)])

    weights = {
        "inputWeights": own(tensors[f"rnn.weight_ih_l{layer}"]).T,
        "recurrentWeights": own(tensors[f"rnn.weight_hh_l{layer}"]).T,
    }
    if "bias" in names:
        recurrent = tensors[f"rnn.bias_hh_l{layer}"].clone()
        if "recurrentBias" in names:
            # Of a GRU that resets after the product, the candidate's two biases are not added.
            size = len(recurrent) // 3
            weights["recurrentBias"] = recurrent[2 * size :].clone()
            recurrent[2 * size :] = 0
        weights["bias"] = own(tensors[f"rnn.bias_ih_l{layer}"] + recurrent)
    for name, of_all_layers in {"initialHidden": "h_0", "initialMemory": "c_0"}.items():
        if of_all_layers in tensors:
            weights[name] = tensors[of_all_layers][layer, 0]
    return weights


# Below: models that were saved before they carried their cell, as PyTorch's own modules.


class ResetBeforeGRU(nn.GRU):
    """A GRU whose reset gate applies before the product, which is this library's default; parameters are nn.GRU's."""

    def forward(self, inputs, h_0):
        for parameters, h in zip(self.all_weights, h_0):
            (w_ih, w_hh, *biases), outputs = parameters, []
            gates_hh, candidate_hh = w_hh.split([2 * self.hidden_size, self.hidden_size])
            for x in linear(inputs, w_ih, sum(biases) if biases else None):
                gates, candidate = x.split([2 * self.hidden_size, self.hidden_size], dim=1)
                r, z = torch.sigmoid(gates + linear(h, gates_hh)).chunk(2, dim=1)
                n = torch.tanh(candidate + linear(r * h, candidate_hh))
                h = (1 - z) * n + z * h
                outputs.append(h)
            inputs = torch.stack(outputs)
        return inputs, None


class ModuleModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        vocabulary, embedding, hidden, layers = (
            config[name] for name in ("vocabularySize", "embeddingSize", "hiddenSize", "layers")
        )
        # Of a GRU, older files say resetAfter instead.
        cell = "gruResetAfter" if config.get("resetAfter") else config["cell"]
        module = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": ResetBeforeGRU, "gruResetAfter": nn.GRU}[cell]
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.rnn = module(embedding, hidden, layers, bias=config["bias"])
        self.output = nn.Linear(hidden, vocabulary)
        if config["tieWeights"]:
            self.output.weight = self.embedding.weight
        learned = config["initialState"] == "learned"
        self.states = ["h_0", "c_0"] if config["cell"] == "lstm" else ["h_0"]
        for name in self.states:
            zeros = torch.zeros(layers, 1, hidden)
            if learned:
                self.register_parameter(name, nn.Parameter(zeros))
            else:
                self.register_buffer(name, zeros, persistent=False)

    def forward(self, ids):
        """Log-probabilities [time x batch x vocabulary] of what follows each of these ids, [time x batch]."""
        states = [getattr(self, name).expand(-1, ids.shape[1], -1).contiguous() for name in self.states]
        outputs, _ = self.rnn(self.embedding(ids), tuple(states) if len(states) > 1 else states[0])
        return torch.log_softmax(self.output(outputs), dim=-1)


def load(directory):
    """A saved model, and its configuration."""
    config = json.loads((Path(directory) / "config.json").read_text(encoding="utf-8"))
    # Also a model that was saved as float16 is computed in float32.
    tensors = {name: tensor.float() for name, tensor in load_file(Path(directory) / "model.safetensors").items()}
    if config["tieWeights"]:
        tensors["output.weight"] = tensors["embedding.weight"]
    path = Path(directory) / "cell.json"
    if path.exists():
        return RecordedModel(config, json.loads(path.read_text(encoding="utf-8")), tensors).eval(), config
    model = ModuleModel(config)
    model.load_state_dict(tensors)
    return model.eval(), config


def encode(directory, config, text):
    path = Path(directory) / config["tokenizer"]
    if path.suffix == ".model":
        from sentencepiece import SentencePieceProcessor

        tokenizer = SentencePieceProcessor(model_file=str(path))
        shift = 0 if tokenizer.pad_id() == 0 else 1
        return [id + shift for id in tokenizer.encode(text)]
    characters = json.loads(path.read_text(encoding="utf-8"))["characters"]
    # Ids from 3 on; what is not found, at -1, is unknown: 2.
    return [characters.find(character) + 3 for character in text]


@torch.inference_mode()
def log_probabilities(directory, ids):
    """Of each of these ids, as it follows those before it; EOS is read to begin."""
    model, config = load(directory)
    targets = torch.tensor(ids)[:, None]
    inputs = torch.cat([torch.tensor([[config["eosId"]]]), targets[:-1]])
    return model(inputs).gather(2, targets[..., None]).flatten().tolist()


if __name__ == "__main__":
    directory, sentence = sys.argv[1:]
    config = json.loads((Path(directory) / "config.json").read_text(encoding="utf-8"))
    ids = [*encode(directory, config, sentence), config["eosId"]]
    for id, log_probability in zip(ids, log_probabilities(directory, ids)):
        print(id, f"{log_probability:.6f}")
