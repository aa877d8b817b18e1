"""The sample client: six weeks of somebody's work, and the main job from brief to public page.

`build_demo(house_at, now)` fills an empty store through the desk's verbs, on a clock that walks up to `now`.
`main_job(house)` takes one brief all the way to the demo's own folder. Its texts are in templates/demo/.
"""

from __future__ import annotations

from pipeline.demo.cast import Cast
from pipeline.demo.history import Meanwhile, build_demo
from pipeline.demo.job import main_job
from pipeline.demo.result import DemoPerson, DemoPiece, DemoPublication, DemoResult, SayStep

__all__ = [
    "Cast",
    "DemoPerson",
    "DemoPiece",
    "DemoPublication",
    "DemoResult",
    "Meanwhile",
    "SayStep",
    "build_demo",
    "main_job",
]
