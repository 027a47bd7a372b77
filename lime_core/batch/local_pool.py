"""Several processes on this machine, each with the model and its share of the threads.

A process that dies, whatever killed it, is replaced, and its picture is given to another one; a picture that has seen
`ATTEMPTS` of them die gets a row that says so.  Processes are started afresh (spawn): a copy of a process with threads
or a GPU could hang.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from lime_core.batch.job import Job
from lime_core.batch.pool import Done, compute, cores, loaded, use_gpu, use_threads
from lime_core.errors import DeviceLost, LimeError, ModelUnavailable
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
    load : loads the model; it is sent to the processes, so it is a function of a module or a `functools.partial` of one
    workers : how many processes
    threads : of each; 0 divides the cores.  The last bits of a result can depend on it
    gpus : whether each process is shown one GPU only, where there are several

    Raises
    ------
    ValueError
        when workers is below 1, or threads below 0.
    ModelUnavailable
        when `load` raises an exception in a process.
    LimeError
        when processes cannot be started or die before they have a model, or their models differ.
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
        assert self._facts is not None
        return self._facts

    def start(self, job: Job) -> None:
        while any(worker.picture for worker in self._workers):  # of a run that was left before its end
            self._listen()
        for left in (self._queue, self._finished, self._deaths):
            left.clear()
        self._job = job
        for worker in self._workers:
            if worker.ready:
                self._tell(worker, job)

    def put(self, picture: Picture) -> None:
        self._queue.append(picture)
        self._hand_out()

    def get(self) -> Done:
        while not self._finished:
            self._hand_out()
            self._listen()
        return self._finished.popleft()

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def _hired(self, number: int) -> _Worker:
        ours, theirs = _spawn.Pipe()
        given = theirs, self._load, self._threads, number if self._gpus else None
        process = _spawn.Process(target=_work, args=given, daemon=True)
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
                self._tell(worker, worker.picture)

    def _tell(self, worker: _Worker, what: Job | Picture) -> None:
        with suppress(OSError):  # it has died, which is heard when it is listened to
            worker.pipe.send(what)

    def _listen(self) -> None:
        """Wait until a worker says something, or dies."""
        heard = wait([worker.pipe for worker in self._workers])
        for worker in [worker for worker in self._workers if worker.pipe in heard]:
            try:
                said = worker.pipe.recv()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            if isinstance(said, Done):
                worker.picture = None
                self._finished.append(said)
            elif isinstance(said, ModelFacts):
                self._facts, worker.ready, self._stillborn = self._facts or said, True, 0
                self._facts.check_same(said)
                if self._job:
                    self._tell(worker, self._job)
            else:
                raise said

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


def _work(pipe: Connection, load: Callable[[], Classifier], threads: int, gpu: int | None) -> None:
    """What a process does: says what its model is, hears the job, and explains pictures until nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_threads(threads)
    if gpu is not None:
        use_gpu(gpu)
    model = loaded(load)
    with suppress(EOFError, OSError):  # the run has ended
        if isinstance(model, ModelUnavailable):
            pipe.send(model)
            return
        pipe.send(ModelFacts.of(model))
        _answer(pipe, model)


def _answer(pipe: Connection, model: Classifier) -> None:
    job: Job | None = None
    while True:
        contents = pipe.recv_bytes()
        try:
            said = pickle.loads(contents)
        except Exception as error:  # an option of a module that is not here: the next process would not know it either
            pipe.send(LimeError(f"The job could not be read in another process: {type(error).__name__}: {error}"))
            return
        if isinstance(said, Job):
            job = said
            continue
        assert job is not None
        try:
            done = compute(job, said, model)
        except DeviceLost:
            os._exit(1)  # a new process gets the GPU to work again
        pipe.send(done)
