"""Several processes on this machine, each with the model and its share of the threads.

A process that dies, whatever killed it, is replaced, and its picture is given to another one; a picture that has seen
`ATTEMPTS` of them die gets a row that says so.  Processes are started afresh (spawn): a copy of a process with threads
or a GPU could hang.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from lime_core.batch.job import Job
from lime_core.batch.pool import Done, cores, work
from lime_core.errors import LimeError
from lime_core.models.classifier import Classifier
from lime_core.models.facts import ModelFacts
from lime_core.pictures.picture import Picture

ATTEMPTS = 3
"""How many processes may die on one picture, or one after the other before they have a model."""

_spawn = multiprocessing.get_context("spawn")


@dataclass(eq=False)
class _Worker:
    number: int
    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    picture: Picture | None = None


class LocalPool:
    """A `Pool` of processes.

    As with every use of `multiprocessing`, a script that makes one guards what it does with
    `if __name__ == "__main__":`.

    Parameters
    ----------
    load : callable
        Loads the model; it is sent to the processes, so it is a function of a module or a `functools.partial` of one.
    workers : int
        How many processes; at least 1.
    threads : int, default 0
        Of each; 0 divides the cores.  The last bits of a result can depend on it.
    gpus : bool, default True
        Whether each process is shown one GPU only, where there are several.

    Raises
    ------
    ValueError
        When workers is below 1, or threads below 0.
    ModelUnavailable
        When `load` raises an exception in a process.
    LimeError
        When processes cannot be started or die before they have a model, or their models differ.
    """

    def __init__(self, load: Callable[[], Classifier], workers: int, threads: int = 0, gpus: bool = True) -> None:
        if workers < 1 or threads < 0:
            raise ValueError(f"workers must be at least 1 and threads at least 0, got {workers} and {threads}")
        self.room = workers + 1  # one waits, so that nobody has to
        self._load, self._gpus = load, gpus
        self._threads = threads or max(1, cores() // workers)
        self._job: Job | None = None
        self._queue: deque[Picture] = deque()
        self._finished: deque[Done] = deque()
        self._deaths: Counter[str] = Counter()
        self._stillborn = 0
        self._facts: ModelFacts | None = None
        self._workers: list[_Worker] = []
        try:
            self._workers += [self._hired(number) for number in range(workers)]
            while self._facts is None:
                self._listen()
        except BaseException:
            self.close()
            raise

    @property
    def model(self) -> ModelFacts:
        """The facts of the model that every process has."""
        assert self._facts is not None
        return self._facts

    def start(self, job: Job) -> None:
        """Begin a run, once pictures of an earlier one that are computed now are finished; raises as `get` does.

        Parameters
        ----------
        job : Job
            What is done with every picture of the run.
        """
        while any(worker.picture for worker in self._workers):  # of a run that was left before its end
            self._listen()
        for left in (self._queue, self._finished, self._deaths):
            left.clear()
        self._job = job
        for worker in self._workers:
            if worker.ready:
                self._send(worker, job)

    def put(self, picture: Picture) -> None:
        """Hand in a picture; the next process that is idle gets it.

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
            When processes cannot be started anew, have no model or another one, or cannot read the job.
        """
        while not self._finished:
            self._hand_out()
            self._listen()
        return self._finished.popleft()

    def close(self) -> None:
        """End all processes at once, whatever they compute."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def _hired(self, number: int) -> _Worker:
        ours, theirs = _spawn.Pipe()
        arguments = theirs, self._load, self._threads, number if self._gpus else None
        process = _spawn.Process(target=work, args=arguments, daemon=True)
        try:
            with _ctrl_c_for_this_process_only():
                process.start()
        except OSError as error:
            ours.close()
            raise LimeError(f"A process could not be started: {error.strerror or error}.") from error
        finally:
            theirs.close()
        return _Worker(number, process, ours)

    def _hand_out(self) -> None:
        for worker in list(self._workers):
            if self._queue and worker.ready and worker.picture is None:
                worker.picture = self._queue.popleft()
                self._send(worker, worker.picture)

    def _send(self, worker: _Worker, message: Job | Picture) -> None:
        with suppress(OSError):  # it has died, which is heard when it is listened to
            worker.pipe.send(message)

    def _listen(self) -> None:
        """Wait until a worker says something, or dies."""
        heard = wait([worker.pipe for worker in self._workers])
        for worker in [worker for worker in self._workers if worker.pipe in heard]:
            try:
                answer = worker.pipe.recv()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            if isinstance(answer, Done):
                worker.picture = None
                self._finished.append(answer)
            elif isinstance(answer, ModelFacts):
                self._facts, worker.ready, self._stillborn = self._facts or answer, True, 0
                self._facts.check_same(answer)
                if self._job:
                    self._send(worker, self._job)
            else:
                raise answer

    def _replace(self, worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.join()
        died = _how(worker.process.exitcode)
        if worker.picture:
            picture = worker.picture.digest
            self._deaths[picture] += 1
            if self._deaths[picture] < ATTEMPTS:
                self._queue.appendleft(worker.picture)
            else:
                reason = f"{ATTEMPTS} processes have died while they explained this picture, the last one {died}."
                self._finished.append(Done(picture, error=reason))
        self._stillborn += not worker.ready
        if self._stillborn >= ATTEMPTS:
            raise LimeError(f"{ATTEMPTS} processes have died while they loaded the model, the last one {died}.")
        self._workers[self._workers.index(worker)] = self._hired(worker.number)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"by the signal {signal.Signals(-code).name}"
    return f"with the exit code {code}"


@contextmanager
def _ctrl_c_for_this_process_only() -> Iterator[None]:
    """What is started here is deaf to Ctrl-C from its first moment; the terminal sends it to all processes at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
