"""Runs crowd-kit's models on truth-inference sets.

usage: peers.py FOLDER SECONDS SET...

Prints one line for each set and model: set, model, accuracy, seconds of the fit;
"-" for both where the model takes longer than so many seconds or fails. Repeated
statements of one source on one item are handed over as they are.
"""

import multiprocessing
import os
import sys
import time
import warnings

import pandas as pd
from crowdkit.aggregation import (
    GLAD,
    MACE,
    MMSR,
    DawidSkene,
    MajorityVote,
    OneCoinDawidSkene,
    ZeroBasedSkill,
)

MODELS = [MajorityVote, DawidSkene, OneCoinDawidSkene, ZeroBasedSkill, MMSR, GLAD, MACE]


def read(folder):
    path = os.path.join(folder, "observations.csv")
    if not os.path.exists(path):
        path += ".gz"
    said = pd.read_csv(path, dtype=str).rename(
        columns={"source": "worker", "item": "task", "value": "label"}
    )
    gold = pd.read_csv(os.path.join(folder, "gold.csv"), dtype=str)
    return said, gold.set_index("item")["value"]


def fit(model, said, gold, answer):
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    try:
        labels = model().fit_predict(said)
    except Exception as error:  # what a peer trips over is its result
        answer.send(("-", "-", str(error)))
        return
    seconds = time.perf_counter() - start
    known = gold[gold.index.isin(labels.index)]
    right = (labels.loc[known.index] == known).mean()
    answer.send((f"{right:.4f}", f"{seconds:.4f}", ""))


def main():
    folder, box, names = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    context = multiprocessing.get_context("fork")
    for name in names:
        said, gold = read(os.path.join(folder, name))
        for model in MODELS:
            ours, theirs = context.Pipe(duplex=False)
            child = context.Process(target=fit, args=(model, said, gold, theirs))
            child.start()
            accuracy = seconds = "-"
            if ours.poll(box):
                accuracy, seconds, error = ours.recv()
                if error:
                    print(f"{name} {model.__name__}: {error}", file=sys.stderr)
            child.terminate()
            child.join()
            print(name, model.__name__, accuracy, seconds, sep=",", flush=True)


main()
