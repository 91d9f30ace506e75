"""Who is filmed: build, skin, hair and clothes."""

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]  # linear red, green, blue; 0 black .. 1 white

SKINS: tuple[Colour, ...] = (
    (0.62, 0.40, 0.29),
    (0.56, 0.34, 0.23),
    (0.43, 0.24, 0.15),
    (0.25, 0.13, 0.08),
    (0.15, 0.075, 0.05),
)
HAIRS: tuple[Colour, ...] = (
    (0.015, 0.012, 0.010),
    (0.05, 0.025, 0.014),
    (0.12, 0.06, 0.03),
    (0.35, 0.22, 0.10),
    (0.28, 0.27, 0.26),
)
SHIRTS: tuple[Colour, ...] = (
    (0.55, 0.05, 0.04),
    (0.04, 0.16, 0.48),
    (0.70, 0.68, 0.62),
    (0.04, 0.28, 0.16),
    (0.72, 0.42, 0.05),
    (0.05, 0.05, 0.06),
    (0.25, 0.08, 0.30),
    (0.10, 0.38, 0.45),
)
TROUSERS: tuple[Colour, ...] = (
    (0.03, 0.05, 0.12),
    (0.02, 0.02, 0.022),
    (0.22, 0.19, 0.14),
    (0.10, 0.11, 0.12),
    (0.06, 0.10, 0.22),
    (0.11, 0.05, 0.03),
)
SHOES: tuple[Colour, ...] = ((0.65, 0.64, 0.62), (0.02, 0.02, 0.02), (0.30, 0.05, 0.04))


@dataclass(frozen=True, kw_only=True)
class Person:
    """How a person looks. Height and proportions follow from the motion."""

    gender: float = 0.5  # 0 a man's .. 1 a woman's body, as Anny has it
    age: float = 0.67  # 0.67 young .. 1 old
    muscle: float = 0.55
    weight: float = 0.45
    skin: Colour = SKINS[0]
    hair: Colour = HAIRS[1]
    long_hair: bool = False
    shirt: Colour = SHIRTS[0]
    sleeves: float = 0.5  # where they end: 0 shoulder, 1 elbow, 2 wrist
    trousers: Colour = TROUSERS[0]
    legs: float = 1.95  # where the trousers end: 0 hip, 1 knee, 2 ankle
    shoes: Colour = SHOES[0]

    @property
    def phenotype(self) -> dict[str, float]:
        """What Anny is told of the person."""
        names = ("gender", "age", "muscle", "weight")
        return {name: float(getattr(self, name)) for name in names}


def draw_person(rng: np.random.Generator) -> Person:
    """A random adult."""

    def one(colours: tuple[Colour, ...]) -> Colour:
        colour = np.array(colours[rng.integers(len(colours))])
        red, green, blue = np.clip(colour * rng.uniform(0.8, 1.2, 3), 0.01, 0.8).tolist()
        return red, green, blue

    gender = float(rng.choice([0.0, 1.0]) * 0.9 + 0.1 * rng.random())
    return Person(
        gender=gender,
        age=float(rng.uniform(0.6, 0.9)),
        muscle=float(rng.uniform(0.35, 0.75)),
        weight=float(rng.uniform(0.3, 0.75)),
        skin=one(SKINS),
        hair=one(HAIRS),
        long_hair=bool(rng.random() < 0.15 + 0.6 * gender),
        shirt=one(SHIRTS),
        sleeves=float(rng.choice([0.5, 0.6, 1.9])),
        trousers=one(TROUSERS),
        legs=float(rng.choice([0.8, 1.95, 1.95])),
        shoes=one(SHOES),
    )
