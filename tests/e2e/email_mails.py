"""email_mails.py FOLDER - the mails a server took, decoded by Python's email package, one JSON line each, in order:
what must hold for every one is checked here."""
import email
import email.policy
import email.utils
import json
import os
import sys

folder = sys.argv[1] + "/mails"
for name in sorted(n for n in os.listdir(folder) if not n.endswith(".new")):
    raw = open(folder + "/" + name, "rb").read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert not mail.defects, (name, mail.defects)
    assert all(len(line) <= 998 and line.isascii() for line in raw.split(b"\r\n")), name
    assert all(len(line) <= 76 for line in head.split(b"\r\n")), (name, head)
    assert b"\n" not in raw.replace(b"\r\n", b""), name
    assert mail["X-Tls"] == "yes" and mail["X-Login"] == "yes", name
    assert mail["Auto-Submitted"] == "auto-generated" and mail["MIME-Version"] == "1.0", name
    assert mail["Content-Type"] == 'text/plain; charset="UTF-8"' or "utf-8" in mail["Content-Type"].lower(), name
    assert email.utils.parsedate_to_datetime(mail["Date"]).tzinfo is not None, name
    for field in ("From", "To", "Subject", "Date", "Message-ID"):
        assert len(mail.get_all(field)) == 1, (name, field)
    to = mail["To"].addresses
    assert len(to) == 1 and to[0].addr_spec == mail["X-To"], (name, mail["To"], mail["X-To"])
    print(json.dumps({"to": to[0].addr_spec, "to_name": to[0].display_name, "from": mail["X-From"],
                      "from_name": mail["From"].addresses[0].display_name, "subject": mail["Subject"],
                      "id": mail["Message-ID"], "body": mail.get_content()}, ensure_ascii=False))
