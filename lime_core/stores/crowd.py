"""Those who wait for rows of probes, and what of it one batch can bear."""

from __future__ import annotations

from weakref import WeakSet

from lime_core.engines.engine import Engine, ForSeveral
from lime_core.errors import DeviceLost, ModelUnavailable
from lime_core.probing.shared_batch import grow_in_one_batch
from lime_core.stores.shared_probe import SharedProbe, Wish
from lime_core.stores.turns import Turns


class Crowd:
    """Those who wait for rows of probes.

    Parameters
    ----------
    turns : Turns
        In which they wait, each with a `Wish`.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._apart: WeakSet[Engine] = WeakSet()

    def serve(self, wish: Wish) -> None:
        """Ask for one batch of a wish; only for the one whose turn it is.

        Where half of a batch or less is missing, and the engine is best asked so, the batch is filled up with what
        others miss who miss no more than that.

        Parameters
        ----------
        wish : Wish
            Who has the turn.

        Raises
        ------
        DeviceLost, ModelUnavailable
            When the engine answers nobody any more.
        LimeError, ValueError
            As `grow`.  What is wrong with others' probes is met by them.
        """
        engine = wish.model.engine
        if isinstance(engine, ForSeveral) and engine.takes_pictures and engine not in self._apart:
            chosen = self._in_one_batch(wish, engine.batch_size)
            if len(chosen) > 1:
                wanted = [(each.probe, each.num_samples, each.model) for each in chosen]
                try:
                    for each, probe in zip(chosen, grow_in_one_batch(engine, wanted), strict=True):
                        each.shared.probe = probe
                except (DeviceLost, ModelUnavailable):  # which asking again would tell as something else
                    raise
                except Exception:  # memory is wanting, mostly: several scenes need more of it, so each is asked alone
                    self._apart.add(engine)
        wish.shared.advance(wish.num_samples, wish.model)

    def _in_one_batch(self, wish: Wish, size: int) -> list[Wish]:
        """What is asked for with a wish, itself included: of each probe as many rows as anybody wants and fit."""
        chosen: dict[SharedProbe, Wish] = {wish.shared: wish}
        if not wish.fits(size // 2):
            return [wish]
        shape = wish.probe.scene.image.shape
        for other in self._turns.wishes(Wish):
            if other.model.engine is not wish.model.engine:
                continue
            before = chosen.get(other.shared)
            taken = sum(each.missing for each in chosen.values() if each is not before)
            longer = before is None or other.num_samples > before.num_samples
            if longer and other.probe.scene.image.shape == shape and other.fits(min(size - taken, size // 2)):
                chosen[other.shared] = other
        return [*chosen.values()]
