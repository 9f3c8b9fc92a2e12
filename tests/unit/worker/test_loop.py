"""The loop of the Mailer Daemon: what hangs or breaks stops nothing else."""

import threading
from types import SimpleNamespace

from postdesk.worker import loop
from postdesk.worker.loop import THREADS, MailerDaemon


def test_step_in_trouble_stops_no_other_step(db, monkeypatch):
    daemon = MailerDaemon()
    done = []

    def break_down():
        raise RuntimeError("a bug that nobody foresaw")

    monkeypatch.setattr(daemon, "_beat", break_down)
    monkeypatch.setattr(daemon, "_start_network", break_down)
    monkeypatch.setattr(daemon, "_deliver", break_down)
    monkeypatch.setattr(daemon, "_announce", lambda: bool(done.append("announced")) or True)
    assert daemon._round()
    assert done == ["announced"]


def test_mailboxes_that_hang_keep_no_answer_from_leaving(transactional_db, monkeypatch):
    daemon = MailerDaemon()
    monkeypatch.setattr(loop, "read_options", lambda: None)
    for step in ("_beat", "_deliver", "_announce"):
        monkeypatch.setattr(daemon, step, lambda: False)
    until_the_end, sent = threading.Event(), threading.Event()

    def start_more_readers_than_threads():
        for number in range(THREADS["read"] + 5):
            daemon._start("read", number, lambda: until_the_end.wait(30))
        daemon._start("send", 1, sent.set)
        daemon._start("renew", 0, daemon.stop)
        return False

    monkeypatch.setattr(daemon, "_start_network", start_more_readers_than_threads)
    runner = threading.Thread(target=daemon.run)
    runner.start()
    assert sent.wait(20)
    until_the_end.set()
    runner.join(20)
    assert not runner.is_alive()


def test_mailboxes_that_hang_keep_no_alarm_from_being_told(transactional_db, monkeypatch):
    daemon = MailerDaemon()
    for step in ("_beat", "_deliver", "_announce"):
        monkeypatch.setattr(daemon, step, lambda: False)
    until_the_end, decided, told = threading.Event(), threading.Event(), threading.Event()
    hanging = [SimpleNamespace(pk=number) for number in range(THREADS["read"] + 5)]
    monkeypatch.setattr(loop.reading, "due_accounts", lambda now: hanging)
    monkeypatch.setattr(loop, "fetch_account", lambda _account, now: until_the_end.wait(30))
    monkeypatch.setattr(loop, "_renew", lambda: until_the_end.wait(30))
    monkeypatch.setattr(loop, "note_expiry", lambda now: 0)
    monkeypatch.setattr(loop.alarm, "decide", lambda now: decided.set())
    monkeypatch.setattr(loop.alarm, "send_due", lambda now: told.set())
    runner = threading.Thread(target=daemon.run)
    runner.start()
    try:
        assert decided.wait(20)
        assert told.wait(20)
    finally:
        daemon.stop()
        until_the_end.set()
        runner.join(20)
    assert not runner.is_alive()


def test_same_work_is_not_started_twice_at_once(transactional_db):
    daemon = MailerDaemon()
    with loop.ThreadPoolExecutor(4) as pool:
        daemon._pools["read"] = pool
        until_the_end, begun = threading.Event(), []

        def read():
            begun.append(1)
            until_the_end.wait(30)

        daemon._start("read", 1, read)
        daemon._start("read", 1, read)
        until_the_end.set()
    assert begun == [1]
