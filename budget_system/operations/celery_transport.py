"""The transport from the queue to the worker, which loses no message, whenever a worker is killed.

kombu takes a message out of Redis with BRPOP, and only then notes it as taken ("unacked"), from where it is delivered
again if its worker is gone. A worker killed between the two loses the message, and so does a connection that breaks
during the answer. Source: https://github.com/celery/celery/issues/7950

Here, waiting only looks: a BLMOVE puts the message back where it was. Then a script takes and notes it, because nothing
can interrupt a script. Source: https://redis.io/docs/latest/develop/programmability/eval-intro/ A transport that does
the same, celery-redis-plus, needs Python 3.13: https://pypi.org/project/celery-redis-plus/
"""

from collections.abc import Callable, Sequence
from queue import Empty
from time import monotonic, time
from typing import Protocol

import redis
from kombu import Connection
from kombu.message import Message
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombus
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

TAKE_SCRIPT = """
for number = 3, #KEYS do
    local message = redis.call('RPOP', KEYS[number])
    if message then
        if ARGV[number - 1] == 'note' then
            local properties = cjson.decode(message)['properties']
            local tag, sent_to = properties['delivery_tag'], properties['delivery_info']
            local route = cjson.encode(sent_to['exchange']) .. ',' .. cjson.encode(sent_to['routing_key'])
            redis.call('ZADD', KEYS[1], ARGV[1], tag)
            redis.call('HSET', KEYS[2], tag, '[' .. message .. ',' .. route .. ']')
        end
        return {number - 3, message}
    end
end
return false
"""
"""Takes from the first list that is not empty. What it notes is what `kombu.transport.redis.QoS.append` notes."""


class _Cycle(Protocol):
    """The order in which several queues are read."""

    def consume(self, number: int) -> list[str]: ...
    def rotate(self, used: str) -> None: ...


class QoS(kombus.QoS):
    """The messages that a worker has taken."""

    channel: "Channel"

    def restore_unacked(self, client: redis.Redis | None = None) -> None:
        """Put back what was taken; where the connection is gone, that stays noted, and is delivered again from there.

        Celery collects a connection that broke, and then closes it: that ended the worker where messages were taken.
        """
        try:
            if self.channel.connection.client is not None:
                super().restore_unacked(client)
        finally:
            if self._delivered is not None:
                self._delivered.clear()

    def ack(self, delivery_tag: str) -> None:
        """Note that a message is done. Raise what Celery takes for a broken connection where that has been collected.

        Else kombu would look for the address of a connection that no longer exists, which ended the worker.
        """
        self._refuse_without_connection()
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Note that a message will not be done, or put it back. Raise as `ack` does."""
        self._refuse_without_connection()
        super().reject(delivery_tag, requeue)

    def _refuse_without_connection(self) -> None:
        connection: Transport | None = self.channel.connection
        if connection is None or connection.client is None:
            raise redis.ConnectionError("The connection is gone; the message is given out again.")


class Channel(kombus.Channel):
    """Takes and notes in one step, where kombu's takes first. The names that begin with `_` are kombu 5.7's."""

    QoS = QoS
    connection: "Transport"
    connection_errors: tuple[type[Exception], ...]
    _queue_cycle: _Cycle
    _closing: bool
    _q_for_pri: Callable[[str, int], str]
    _flush_brpop_reauth: Callable[[], None]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._awaited: Sequence[str] = ()
        self._never_acknowledged: set[str] = set()

    def basic_consume(
        self,
        queue: str,
        no_ack: bool,
        callback: Callable[[Message], object] | None,
        consumer_tag: str | None,
        **kwargs: object,
    ) -> str:
        """Begin to take from a queue; with `no_ack`, used for answers to `celery inspect`, nothing is noted."""
        if no_ack:
            self._never_acknowledged.add(queue)
        tag: str = super().basic_consume(queue, no_ack, callback, consumer_tag, **kwargs)
        return tag

    def _brpop_start(self) -> None:
        """Wait for a message in the next queue, and leave it there; the other queues are checked after a second."""
        self._awaited = self._queue_cycle.consume(len(self.active_queues))
        if not self._awaited:
            return
        self._in_poll = self.client.connection
        self._brpop_sent_at = monotonic()
        looked_at = self.global_keyprefix + self._awaited[0]
        self._in_poll.send_command("BLMOVE", looked_at, looked_at, "RIGHT", "RIGHT", self.connection.brpop_timeout)

    def _brpop_read(self) -> bool:
        """Take a message, now that there may be one, and deliver it. Raise `Empty` where there is none."""
        try:
            try:
                self.client.parse_response(self.client.connection, "BLMOVE")
            except self.connection_errors:
                self.client.connection.disconnect()
                raise
            if self._closing:  # what is not taken stays for others
                raise Empty
            queue, message = self._take()
            self._queue_cycle.rotate(queue)
            self.connection._deliver(loads(message), queue)
            return True
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()

    def _take(self) -> tuple[str, str]:
        lists = [(queue, self._q_for_pri(queue, step)) for step in self.priority_steps for queue in self._awaited]
        keys = [self.unacked_index_key, self.unacked_key, *(key for _, key in lists)]
        notes = ["" if queue in self._never_acknowledged else "note" for queue, _ in lists]
        with self.conn_or_acquire() as client:
            taken = client.eval(TAKE_SCRIPT, len(keys), *(self.global_keyprefix + key for key in keys), time(), *notes)
        if not taken:
            raise Empty
        number, message = taken
        return lists[number][0], bytes_to_str(message)


class Transport(kombus.Transport):
    """kombu's, except for its channel, and for what it takes for a connection."""

    Channel = Channel
    client: Connection | None
    _avail_channels: list[kombus.Channel]

    def establish_connection(self) -> "Transport":
        """Connect to a Redis that can be written to. Raise the error of one that is full, or whose disk is.

        Else the first use would raise it, and reconnect at once; between attempts to connect Celery pauses.
        """
        super().establish_connection()
        channel = self._avail_channels.pop()
        try:
            with channel.conn_or_acquire() as client:  # what writes nothing is refused like what does
                client.setrange(f"{channel.global_keyprefix}nothing", 0, "")
        except redis.RedisError:
            channel.close()
            raise
        self._avail_channels.append(channel)
        return self


def install_transport() -> None:
    """Make every address of a Redis use this transport, in any spelling; call it before the first connection."""
    path = f"{Transport.__module__}:{Transport.__qualname__}"
    TRANSPORT_ALIASES.update(redis=path, rediss=path)
