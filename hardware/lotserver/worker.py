"""The lot server's frame: a Celery app of its own, whose worker runs the lot.

The lot is a step of the *worker*, not of its consumer: it starts before the broker is asked for and goes on while the
broker is away. Tasks only carry what the platform says: that grants have changed, and orders.
"""

from __future__ import annotations

from typing import Any

from celery import Celery, bootsteps

from hardware.lotserver.config import ServerConfig
from hardware.lotserver.lot import LotRuntime


def make_app(config: ServerConfig) -> Celery:
    """The app whose worker serves the queue lot.<code>."""
    # No fix-ups: with DJANGO_SETTINGS_MODULE in its environment Celery would load the whole platform.
    app = Celery(f"lot-{config.lot}", broker=config.broker_url, fixups=set())
    app.conf.update(
        task_default_queue=config.queue,
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": 60},
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
    )
    runtime = LotRuntime(config)

    class LotStep(bootsteps.StartStopStep):  # type: ignore[misc]  # celery is untyped
        """Starts the lot with the worker, stops it last."""

        requires = ("celery.worker.components:Pool",)

        def start(self, parent: Any) -> None:
            runtime.start()

        def stop(self, parent: Any) -> None:
            runtime.stop()

        terminate = stop

    app.steps["worker"].add(LotStep)
    _add_tasks(app, runtime)
    return app


def _add_tasks(app: Celery, runtime: LotRuntime) -> None:
    @app.task(name="lot.grants_changed")  # type: ignore[untyped-decorator]
    def grants_changed(revision: int) -> None:
        """Pull, unless we have that revision already."""
        if revision > runtime.store.grants_revision:
            runtime.grants.pull_soon()

    @app.task(name="lot.look")  # type: ignore[untyped-decorator]
    def look() -> None:
        """Pull, though no grant has changed."""
        runtime.grants.pull_soon()

    @app.task(name="lot.command")  # type: ignore[untyped-decorator]
    def command(order: dict[str, Any]) -> None:
        """Do what the platform has signed, once."""
        config = runtime.config
        runtime.orders.take_signed(order, lot=config.lot, public_key=config.platform_public_key)
