"""Several machines by Ray: each actor holds the model and explains pictures, this process reads and writes files.

An actor whose process dies is started again by Ray, where there is room.  Its picture does not wait for that: it is
given to another actor at once, since a machine that has gone may never come back; a picture on which `ATTEMPTS` actors
have failed gets a row that says so.  So retries of pictures are counted here, and Ray retries nothing but the question
whether an actor is ready.

Every machine needs the same packages, and this one at the same path.  Ray tells its makers nothing and opens no
dashboard.
"""

from __future__ import annotations

import importlib
import os
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from lime_core.batch.job import Job
from lime_core.batch.pool import Done, compute, loaded, use_threads
from lime_core.errors import DeviceLost, LimeError, ModelUnavailable
from lime_core.models.classifier import Classifier
from lime_core.models.facts import ModelFacts
from lime_core.pictures.picture import Picture

ATTEMPTS = 3
"""How many actors may fail on one picture."""

RESTARTS = 20
"""How often Ray starts an actor again; beyond that its work is left to the others."""


class _Explainer:
    """What an actor is: a model in a process of its own."""

    def __init__(self, load: Callable[[], Classifier], threads: int) -> None:
        use_threads(threads)
        self._model = loaded(load)

    def ready(self) -> ModelFacts | str:
        """The facts of the model, or why there is none."""
        return ModelFacts.of(self._model) if isinstance(self._model, Classifier) else str(self._model)

    def explain(self, job: Job, picture: Picture) -> Done:
        assert isinstance(self._model, Classifier)
        try:
            return compute(job, picture, self._model)
        except DeviceLost:
            os._exit(1)  # a new process gets the GPU to work again


class RayPool:
    """A `Pool` of Ray actors.

    Parameters
    ----------
    load : callable
        Loads the model; a function of a module, or a `functools.partial` of one.
    workers : int, default 0
        How many actors; 0 takes one for each GPU, or for each machine where none is used.
    threads : int, default 0
        Of each, as many cores are set aside for it; 0 divides the cores.
    gpu : bool, optional
        Whether each actor has a GPU for itself; None takes GPUs where there are any.
    address : str, optional
        Of a cluster, or "auto" for the one of this machine; None starts Ray here, and ends it.  Where this process is
        connected to a cluster already, that one is taken.

    Raises
    ------
    ValueError
        When workers or threads is below 0.
    ModelUnavailable
        When `load` raises an exception in an actor.
    LimeError
        When Ray is not installed, the cluster cannot be reached, has no CPU or no GPU, no actor starts, or the machines
        have different models.
    """

    def __init__(
        self,
        load: Callable[[], Classifier],
        workers: int = 0,
        threads: int = 0,
        gpu: bool | None = None,
        address: str | None = None,
    ) -> None:
        if workers < 0 or threads < 0:
            raise ValueError(f"workers and threads must be at least 0, got {workers} and {threads}")
        self._ray = _ray()
        self._ours = not self._ray.is_initialized()
        if self._ours:
            self._connect(address)
        self._calls: dict[Any, tuple[Any, Picture | None]] = {}
        """reference -> the actor that was asked, and for which picture; None for whether it is ready."""
        self._idle: deque[Any] = deque()
        self._queue: deque[Picture] = deque()
        self._finished: deque[Done] = deque()
        self._failures: Counter[str] = Counter()
        self._job: Any = None
        self._facts: ModelFacts | None = None
        self._actors: list[Any] = []
        try:
            self._hire(load, workers, threads, gpu)
            while self._facts is None:
                self._listen()
        except BaseException:
            self.close()
            raise

    @property
    def model(self) -> ModelFacts:
        """The facts of the model that every actor has."""
        assert self._facts is not None
        return self._facts

    def start(self, job: Job) -> None:
        """Begin a run, once pictures of an earlier one that are computed now are finished; raises as `get` does.

        Parameters
        ----------
        job : Job
            What is done with every picture of the run.
        """
        while any(picture for _, picture in self._calls.values()):  # of a run that was left before its end
            self._listen()
        for left in (self._queue, self._finished, self._failures):
            left.clear()
        self._job = self._ray.put(job)

    def put(self, picture: Picture) -> None:
        """Hand in a picture; the next actor that is idle gets it.

        Parameters
        ----------
        picture : Picture
            It is computed with the job of the run.
        """
        self._queue.append(picture)
        self._hand_out()

    def get(self) -> Done:
        """Wait for one of the pictures inside.

        Returns
        -------
        Done
            The next one that is finished.

        Raises
        ------
        ModelUnavailable, LimeError
            When an actor that was started again has no model or another one, or no actor is left.
        """
        while not self._finished:
            self._hand_out()
            self._listen()
        return self._finished.popleft()

    def close(self) -> None:
        """End all actors at once, whatever they compute, and Ray where it was started or reached from here."""
        for actor in self._actors:
            self._ray.kill(actor)
        self._actors.clear()
        if self._ours:
            self._ray.shutdown()

    def _connect(self, address: str | None) -> None:
        quiet = {"log_to_driver": False, "logging_level": "ERROR"}
        try:
            if address:
                self._ray.init(address=address, **quiet)
            else:
                self._ray.init(address="local", include_dashboard=False, **quiet)
        except (ConnectionError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise LimeError(f"Ray could not be reached at {address or 'this machine'}: {reason}") from error

    def _hire(self, load: Callable[[], Classifier], workers: int, threads: int, gpu: bool | None) -> None:
        alive = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        machines = [machine for machine in alive if machine.get("CPU", 0) >= 1]
        if not machines:  # an actor would be waited for without end
            raise LimeError("The cluster has no CPU to work with; start a machine of it with at least one.")
        gpus = int(sum(machine.get("GPU", 0) for machine in machines))
        if gpu and not gpus:
            raise LimeError("The cluster has no GPU; give the device cpu, or auto.")
        on_gpus = gpus > 0 if gpu is None else gpu
        self._workers = workers or (gpus if on_gpus else len(machines))
        cores = [int(machine["CPU"]) for machine in machines]
        share = threads or max(1, min(sum(cores) // self._workers, *cores))
        placed = {"num_cpus": share, "num_gpus": 1 if on_gpus else 0}
        # A picture is retried by `_listen`, on an actor that is alive, and not by Ray, on one that may never be.
        explainer = self._ray.remote(max_restarts=RESTARTS, max_task_retries=0, **placed)(_Explainer)
        self.room = self._workers + 1  # one waits, so that nobody has to
        for _ in range(self._workers):
            self._actors.append(explainer.remote(load, share))
            self._ask_whether_ready(self._actors[-1])

    def _ask_whether_ready(self, actor: Any) -> None:
        self._calls[actor.ready.options(max_task_retries=-1).remote()] = actor, None

    def _hand_out(self) -> None:
        while self._queue and self._idle:
            actor, picture = self._idle.popleft(), self._queue.popleft()
            self._calls[actor.explain.remote(self._job, picture)] = actor, picture

    def _listen(self) -> None:
        """Wait until an actor says something, or fails."""
        if not self._calls:
            raise LimeError("All actors have died, and Ray has given up starting them again.")
        for reference in self._ray.wait(list(self._calls), num_returns=1)[0]:
            actor, picture = self._calls.pop(reference)
            try:
                answer = self._ray.get(reference)
            except self._ray.exceptions.RayError as error:
                self._failed(actor, picture, error)
                continue
            if isinstance(answer, str):
                raise ModelUnavailable(answer)
            if isinstance(answer, ModelFacts):
                self._facts = self._facts or answer
                self._facts.check_same(answer)
            else:
                self._finished.append(answer)
            self._idle.append(actor)

    def _failed(self, actor: Any, picture: Picture | None, error: Exception) -> None:
        if picture is None:  # for good
            self._actors.remove(actor)
            return
        self._failures[picture.digest] += 1
        if self._failures[picture.digest] < ATTEMPTS:
            self._queue.appendleft(picture)
        else:
            reason = f"{ATTEMPTS} actors have failed on this picture, the last one so: {type(error).__name__}."
            self._finished.append(Done(picture.digest, error=reason))
        self._ask_whether_ready(actor)


def _ray() -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise LimeError("Ray is not installed: pip install 'ray>=2.51'") from error
