"""NetInf in plain loops, as it is described: slow, and easy to see to be right."""

import math

import numpy as np
from numpy.typing import NDArray


def plain(times: NDArray[np.float64], rate: float, edges: int) -> list[tuple[int, int, float]]:
    """(sender, receiver, gain) of the greedy network with exponential delays of that rate."""
    cascades = [
        {member: time for member, time in enumerate(row) if not math.isnan(time)}
        for row in times.tolist()
    ]
    best: dict[tuple[int, int], float] = {}
    possible: dict[tuple[int, int], list[int]] = {}
    for number, told in enumerate(cascades):
        for v, late in told.items():
            for u, early in told.items():
                if early < late:
                    possible.setdefault((u, v), []).append(number)
                    score = math.log(1e-10) + math.log(rate) - rate * (late - early)
                    best[number, v] = max(best.get((number, v), -math.inf), score)
    chosen: list[tuple[int, int, float]] = []
    for _ in range(edges):
        gains: dict[tuple[int, int], float] = {}
        for (u, v), where in possible.items():
            gain = 0.0
            for number in where:
                delay = cascades[number][v] - cascades[number][u]
                along = math.log(0.5) + math.log(rate) - rate * delay
                gain += max(0.0, along - best[number, v])
            gains[u, v] = gain
        (u, v), gain = max(gains.items(), key=lambda item: item[1])
        if gain <= 0:
            break
        chosen.append((u, v, gain))
        for number in possible[u, v]:
            delay = cascades[number][v] - cascades[number][u]
            along = math.log(0.5) + math.log(rate) - rate * delay
            best[number, v] = max(best[number, v], along)
    return chosen
