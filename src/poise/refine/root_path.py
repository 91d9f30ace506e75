"""Where the root is in the camera's frame, so that the body meets its picture.

Each joint and its ray give two equations for the root's place t:  (X + t)_xy = ray (X + t)_z.
They are linear in t. A frame tells the direction well and the depth badly, about ten times worse
at five metres; so frames are not solved one by one and then smoothed. All are solved at once,
each by its own 3 x 3 information, with little jerk and with feet that stay where they stand.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import solveh_banded

from poise.refine.penalised import ORDER, jerk_rows, penalty, usual_step

GAP = 0.5  # seconds without sight of the person that are bridged; longer ones are unknown

_ERROR_3D = 0.04  # m, of a lifted joint across the line of sight
_ERROR_2D_PX = 6.0  # of a keypoint, in an image whose longer side has 1000 pixels
_SURER = (1e-6, 4.0)  # how far the measured variance may be from the usual one
_ROBUST = 3.0  # in standard deviations: equations that are further off lose their say
_LEAST_JOINTS = 3  # that a frame must show
_LEAST_CONFIDENCE = 0.05
_ROUNDS = 5
_SLACK = 10.0  # m, of a depth that nothing tells: keeps the equations solvable
_NEAREST = 0.3  # m from the camera to a joint


@dataclass(frozen=True, kw_only=True)
class PathModel:
    """What is expected of a root's path; chosen on the validation views."""

    jerk: float = 1e-3  # weight of the squared jerk beside information in 1 / m^2
    contact: float = 30.0  # and of the squared speed of a foot that stands


def root_path(
    xyz: Float[np.ndarray, "time joint 3"],
    rays: Float[np.ndarray, "time joint 2"],
    confidence: Float[np.ndarray, "time joint"],
    times: Float[np.ndarray, " time"],
    ray_error: float,
    feet: tuple[int, ...] = (),
    contact: Float[np.ndarray, "time feet"] | None = None,
    model: PathModel | None = None,
) -> Float[np.ndarray, "time 3"]:
    """The root in the camera's frame; NaN where the person was not seen for long.

    xyz is root-relative, in the camera's axes. contact says how surely each of the feet stands.
    """
    model = model or PathModel()
    known = np.isfinite(xyz).all(axis=-1) & np.isfinite(rays).all(axis=-1)
    weight = np.where(known & (confidence >= _LEAST_CONFIDENCE), confidence, 0.0)
    seen = (weight > 0).sum(axis=1) >= min(_LEAST_JOINTS, xyz.shape[1])
    path = np.full((len(xyz), 3), np.nan)
    kept = bridged_frames(seen, times)
    if not kept.any():
        return path
    x, u = np.nan_to_num(xyz[kept]), np.nan_to_num(rays[kept])
    w, t = np.where(seen[kept, None], weight[kept], 0.0) ** 2, times[kept]

    rows, lasts = jerk_rows(t, GAP + usual_step(times))
    bands = penalty(rows, lasts * model.jerk, len(t))
    step = np.diff(t)
    ties = np.zeros(len(step)), np.zeros((len(step), 3))
    if contact is not None and len(step):
        foot = x[:, list(feet)]  # (time, feet, 3)
        both = np.minimum(contact[kept][1:], contact[kept][:-1])
        both = np.where(step[:, None] > GAP, 0.0, both) * model.contact / step[:, None]
        moves = np.diff(foot, axis=0)
        ties = both.sum(axis=1), (both[..., None] * moves).sum(axis=1)

    place = np.broadcast_to(_first_guess(x, u, w), (len(t), 3))
    share, surer = np.ones(w.shape), 1.0
    for _ in range(_ROUNDS):
        depth = np.maximum(x[..., 2] + place[:, None, 2], _NEAREST)
        variance = surer * (_ERROR_3D**2 + (depth * ray_error) ** 2)
        information, pull = _equations(x, u, w * share / variance)
        information *= usual_step(t)
        pull *= usual_step(t)
        slack = usual_step(t) / _SLACK**2
        information += slack * np.eye(3)
        pull += slack * np.median(place, axis=0)
        place = _solve(information, pull, bands, ties)
        moved = x + place[:, None]
        missed = moved[..., :2] - u * moved[..., 2:]
        squares = (missed**2).sum(axis=-1) / variance
        surer *= _of_usual(squares[w > 0])
        surer = float(np.clip(surer, *_SURER))
        share = 1 / (1 + squares / _ROBUST**2)
    path[kept] = place
    return path


def ray_error(focal_px: float, longer_side: int) -> float:
    """What a keypoint's usual error is as a ray."""
    return _ERROR_2D_PX * longer_side / 1000 / focal_px


def _of_usual(squares: Float[np.ndarray, " n"]) -> float:
    """What the squares of two errors each are, in units of what was expected; robustly."""
    return float(np.median(squares)) / 1.386  # the median of a chi-squared number of two degrees


def bridged_frames(
    seen: Bool[np.ndarray, " time"], times: Float[np.ndarray, " time"]
) -> np.ndarray:
    """Frames where the person is seen, and those of short gaps between them."""
    places = np.flatnonzero(seen)
    kept = seen.copy()
    short = (np.diff(places) > 1) & (np.diff(times[places]) <= GAP)
    for first in np.flatnonzero(short):
        kept[places[first] : places[first + 1]] = True
    return kept


def _first_guess(
    x: Float[np.ndarray, "time joint 3"],
    u: Float[np.ndarray, "time joint 2"],
    w: Float[np.ndarray, "time joint"],
) -> Float[np.ndarray, "3"]:
    """One place for all frames: the median of what each says alone."""
    information, pull = _equations(x, u, w)
    usual = np.trace(information, axis1=1, axis2=2)
    good = usual > 0
    ridge = 1e-4 * usual[good, None, None] * np.eye(3)
    alone = np.linalg.solve(information[good] + ridge, pull[good][..., None])[..., 0]
    guess = np.median(alone, axis=0)
    guess[2] = max(guess[2], 1.0)
    return guess


def _equations(
    x: Float[np.ndarray, "time joint 3"],
    u: Float[np.ndarray, "time joint 2"],
    w: Float[np.ndarray, "time joint"],
) -> tuple[Float[np.ndarray, "time 3 3"], Float[np.ndarray, "time 3"]]:
    """Normal equations of t_xy - u t_z = u x_z - x_xy, summed over the joints."""
    right = u * x[..., 2:] - x[..., :2]
    information = np.zeros((len(x), 3, 3))
    information[:, 0, 0] = information[:, 1, 1] = w.sum(axis=1)
    cross = -(w[..., None] * u).sum(axis=1)
    information[:, :2, 2] = information[:, 2, :2] = cross
    information[:, 2, 2] = (w * (u**2).sum(axis=-1)).sum(axis=1)
    pull = np.empty((len(x), 3))
    pull[:, :2] = (w[..., None] * right).sum(axis=1)
    pull[:, 2] = -(w * (u * right).sum(axis=-1)).sum(axis=1)
    return information, pull


def _solve(
    information: Float[np.ndarray, "time 3 3"],
    pull: Float[np.ndarray, "time 3"],
    bands: Float[np.ndarray, "4 time"],
    ties: tuple[Float[np.ndarray, " steps"], Float[np.ndarray, "steps 3"]],
) -> Float[np.ndarray, "time 3"]:
    """The path of least squares: information, jerk, and steps that standing feet ask for."""
    frames = len(pull)
    matrix = np.zeros((3 * ORDER + 3, frames, 3))  # lower bands of a matrix over (time, axis)
    for a in range(3):
        for b in range(a, 3):
            matrix[b - a, :, a] += information[:, a, b]
    for k in range(ORDER + 1):
        matrix[3 * k] += bands[k][:, None]
    tie, move = ties
    matrix[0, :-1] += tie[:, None]
    matrix[0, 1:] += tie[:, None]
    matrix[3, :-1] -= tie[:, None]
    right = pull.copy()
    right[1:] -= move
    right[:-1] += move
    flat = matrix.reshape(len(matrix), -1)
    return solveh_banded(flat, right.reshape(-1), lower=True).reshape(frames, 3)
