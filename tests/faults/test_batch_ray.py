"""Many pictures on a Ray cluster of two nodes that does not stay whole."""

from contextlib import closing
from functools import partial
from types import SimpleNamespace

import pytest

import lime_core as lc
from lime_core.batch import ray_pool
from lime_core.priors.files import prior_bytes
from tests.support.planted import BLACK, GRID, textured_picture
from tests.support.planted_batch import DEADLY, DEADLY_ONCE, bright_picture, load, load_deadly, load_nothing


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one core each; the second may be taken away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        small = {"num_cpus": 1, "object_store_memory": 80_000_000}
        found = Cluster(initialize_head=True, head_node_args={"include_dashboard": False, **small})
        found.second = found.add_node(**small)
        yield found
        found.shutdown()


def test_a_killed_process_and_a_lost_node_change_nothing(cluster, tmp_path, monkeypatch):
    pictures = [textured_picture(0), bright_picture(DEADLY_ONCE), *(textured_picture(seed) for seed in range(1, 5))]
    with closing(lc.RayPool(partial(load_deadly, str(tmp_path / "died")), address=cluster.address)) as pool:
        assert len(pool._actors) == 2  # one for each node
        job = lc.Job.of(pool.model, segmenter=GRID, hiding=BLACK, num_samples=40)
        found = []
        for outcome in lc.run_batch(job, pictures, tmp_path / "ray", pool):
            found.append(outcome)
            if len(found) == 3:
                cluster.remove_node(cluster.second)
        assert (tmp_path / "died").exists()
        assert not any(outcome.error for outcome in found)
        monkeypatch.setattr(ray_pool, "ATTEMPTS", 1)
        (lost,) = lc.run_batch(job, [bright_picture(DEADLY)], tmp_path / "ray", pool, resume=True)
        assert lost.error.startswith("1 actors have failed on this picture, the last one so: Actor")
    undisturbed = list(lc.run_batch(job, pictures, tmp_path / "here", load()))
    priors = [
        prior_bytes(lc.build_prior([outcome.result.summary for outcome in outcomes], 3, clusters=9))
        for outcomes in (found, undisturbed)
    ]
    assert priors[0] == priors[1]


def test_a_cluster_without_a_core_is_not_waited_for():
    pool = object.__new__(lc.RayPool)
    machines = [{"Alive": True, "Resources": {"memory": 1.0}}, {"Alive": False, "Resources": {"CPU": 8.0}}]
    pool._ray = SimpleNamespace(nodes=lambda: machines)
    with pytest.raises(lc.LimeError, match="The cluster has no CPU to work with"):
        pool._hire(load, 0, 0, None)


def test_what_cannot_be_computed_on_the_cluster_says_so(cluster):
    with pytest.raises(lc.LimeError, match="The cluster has no GPU; give the device cpu, or auto"):
        lc.RayPool(load, gpu=True, address=cluster.address)
    with pytest.raises(lc.ModelUnavailable, match=r"There is no such model\."):
        lc.RayPool(load_nothing, 1, address=cluster.address)
    with pytest.raises(ValueError, match="workers and threads must be at least 0, got -1 and 0"):
        lc.RayPool(load, -1)
    with pytest.raises(lc.LimeError, match="Ray could not be reached at nowhere"):
        lc.RayPool(load, address="nowhere")
