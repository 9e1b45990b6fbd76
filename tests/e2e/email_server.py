"""email_server.py PORT FOLDER CERTIFICATE KEY MODE - a mail server (aiosmtpd) for email*.sh: STARTTLS and a login are
required; each mail it takes becomes a file of FOLDER/mails, each session a line of FOLDER/sessions. Receivers decide:
later@ is put off once (450), never@ is refused (550); until FOLDER/go is there, the text to drop@ is answered by the end
of the connection, and that to hold@ not at all. MODE slow: all are hold@'s; late: it answers each text LATE_S later."""
import asyncio
import os
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, folder, certificate, key, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
os.makedirs(folder + "/mails", exist_ok=True)
put_off = set()
LATE_S = 2.5  # longer than Kinmu lets a round last


def note(line):
    with open(folder + "/sessions", "a", encoding="utf-8") as out:
        out.write(line + "\n")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@") and address not in put_off:
            put_off.add(address)
            note("later")
            return "450 4.2.1 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        number = len(os.listdir(folder + "/mails"))
        name = "%s/mails/%05d" % (folder, number)
        with open(name + ".new", "wb") as out:
            out.write(b"X-Tls: %s\r\nX-Login: %s\r\nX-From: %s\r\nX-To: %s\r\n" % (
                b"yes" if session.ssl else b"no", b"yes" if session.authenticated else b"no",
                envelope.mail_from.encode(), ",".join(envelope.rcpt_tos).encode()))
            out.write(envelope.original_content)
        os.rename(name + ".new", name)
        to = envelope.rcpt_tos[0]
        if to.startswith("drop@") and not os.path.exists(folder + "/go"):
            server.transport.abort()
        await asyncio.sleep(LATE_S if mode == "late" else 0)
        while (mode == "slow" or to.startswith("hold@")) and not os.path.exists(folder + "/go"):
            await asyncio.sleep(0.05)
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    good = data.login == b"kinmu" and data.password == "秘密 pass".encode()
    note("login " + ("good" if good else "bad"))
    return AuthResult(success=good)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
controller = Controller(Handler(), hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True,
                        authenticator=login, auth_required=True)
controller.start()
print("ready", flush=True)
asyncio.new_event_loop().run_forever()
