"""Plain pre-norm transformer blocks, on sequences of tokens."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

Sequences = Float[Tensor, "sequence token channel"]

EPSILON = 1e-6  # of the layer norms in most of the published transformers; torch's own is 1e-5


class Attention(nn.Module):
    """Multi-head self-attention among the tokens of each sequence."""

    def __init__(
        self, channels: int, heads: int, *, bias: bool = True, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels, bias=bias)
        self.project = nn.Linear(channels, channels)
        self.dropout = dropout  # of what comes out
        self.watched = False  # whether `paid` is kept
        self.paid: Float[Tensor, "sequence token"] | None = None

    def forward(self, x: Sequences) -> Sequences:
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # (sequence, token, 3, head, d)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (sequence, head, token, d)
        if self.watched:
            self.paid = attention_paid(query.detach(), key.detach())
        mixed = F.scaled_dot_product_attention(query, key, value)
        mixed = self.project(mixed.transpose(1, 2).flatten(2))
        return F.dropout(mixed, self.dropout, self.training)


def attention_paid(
    query: Float[Tensor, "sequence head token d"], key: Float[Tensor, "sequence head token d"]
) -> Float[Tensor, "sequence token"]:
    """How much attention each token gets: the mean over heads and over those who look."""
    scores = query @ key.mT * query.shape[-1] ** -0.5
    return scores.softmax(-1).mean(dim=(1, 2))


class Mlp(nn.Module):
    """Two layers and a GELU between them."""

    def __init__(self, channels: int, hidden: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.widen, self.narrow = nn.Linear(channels, hidden), nn.Linear(hidden, channels)
        self.dropout = dropout

    def forward(self, x: Float[Tensor, "*any channel"]) -> Float[Tensor, "*any channel"]:
        x = F.dropout(F.gelu(self.widen(x)), self.dropout, self.training)
        return F.dropout(self.narrow(x), self.dropout, self.training)


class DropPath(nn.Module):
    """Stochastic depth: a branch is left out for some rows, and strengthened for the others."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, branch: Float[Tensor, "row *any"]) -> Float[Tensor, "row *any"]:
        if not (self.training and self.share):
            return branch
        keep = 1 - self.share
        rows = branch.new_empty(len(branch), *[1] * (branch.ndim - 1))
        return branch * (torch.rand_like(rows) < keep) / keep


class Block(nn.Module):
    """Attention, then two layers, each with a norm before and a way around."""

    def __init__(
        self,
        channels: int,
        heads: int,
        hidden: int,
        *,
        drop_path: float = 0.0,
        dropout: float = 0.0,
        first_epsilon: float = EPSILON,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, first_epsilon)
        self.attention = Attention(channels, heads, dropout=dropout)
        self.norm2 = nn.LayerNorm(channels, EPSILON)
        self.mlp = Mlp(channels, hidden, dropout=dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Sequences) -> Sequences:
        x = x + self.drop_path(self.attention(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


def rising(last: float, count: int) -> list[float]:
    """Stochastic depth from 0 in the first of `count` blocks to `last` in the last one."""
    return [last * number / max(count - 1, 1) for number in range(count)]


def positions(*shape: int, spread: float) -> nn.Parameter:
    """A learned table of places; published ones begin at zero, a `spread` lets them begin apart."""
    table = nn.Parameter(torch.zeros(shape))
    if spread:
        nn.init.normal_(table, std=spread)
    return table
