"""The daemon, with a door at which nobody walks before a test lets them.

    python -m tests.e2e.doorman FILE gateway run --config FILE

All else is what `gateway` does with these words. FILE says how many people may have come: while
that many have, and nobody is near, no time passes in the scene; who may come comes at once.
"""

import sys
from pathlib import Path

from drivers.simulation.scene import Scene, View
from gateway.cli import main


def keep_shut(allowed: Path) -> None:
    """All scenes from now on wait for whom the file lets in."""
    step, arrive = Scene.step, Scene._let_arrive
    came = 0

    def let_arrive(scene: Scene) -> None:
        nonlocal came
        before = len(scene._here)
        arrive(scene)
        came += len(scene._here) - before

    def stepped(scene: Scene, seconds: float) -> View:
        if not scene._here and scene._next is not None:
            idle_s = scene._next.starts_s - scene.now_s
            seconds = idle_s if came < int(allowed.read_text() or 0) else 0.0
        return step(scene, seconds)

    Scene.step, Scene._let_arrive = stepped, let_arrive  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    keep_shut(Path(sys.argv[1]))
    sys.exit(main(sys.argv[3:]))
