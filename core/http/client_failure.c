/* http/client_failure.c - see client_failure.h. A person reads the sentence in a log far from the
 * code: where it went, what is wrong there and what to do about it. */
#include "http/client_failure.h"

#include <openssl/x509_vfy.h>
#include <string.h>

/* Why a server's certificate is not believed. */
static const struct {
    long verify;
    const char *key;
    const char *text;
} certificates[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "http.certificate.expired",
     "its certificate has expired; renew it on the server, or set this computer's clock"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "http.certificate.early",
     "its certificate is not valid yet; set this computer's clock"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "http.certificate.self-signed",
     "its certificate is signed by itself; name it as authority or pin its key if it is the "
     "right one"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "http.certificate.unknown",
     "its certificate comes from an authority that is not trusted here; name that authority if it "
     "is the right one"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "http.certificate.unknown",
     "its certificate comes from an authority that is not trusted here; name that authority if it "
     "is the right one"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "http.certificate.unknown",
     "its certificate comes from an authority that is not trusted here; name that authority if it "
     "is the right one"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "http.certificate.unknown",
     "its certificate is not signed by the authority it names; somebody may stand in between"},
    {X509_V_ERR_INVALID_PURPOSE, "http.certificate.purpose",
     "its certificate is not one for servers; give the server one that is"},
};

static int32_t has(const http_failure *f, const char *words) {
    return strstr(f->detail, words) != NULL;
}

static int32_t describe_certificate(const http_failure *f, kinmu_err *err) {
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        if (certificates[i].verify == f->verify) {
            return error_set(err, KINMU_E_DENIED, certificates[i].key, "http: %s: %s", f->place,
                             certificates[i].text);
        }
    }
    if (f->verify == X509_V_OK || has(f, "target host name")) {
        return error_set(err, KINMU_E_DENIED, "http.certificate.name",
                         "http: %s: its certificate is for another name; use the name the "
                         "certificate holds, or renew it with this one",
                         f->place);
    }
    return error_set(err, KINMU_E_DENIED, "http.certificate",
                     "http: %s: its certificate is not believed: %s", f->place, f->detail);
}

static int32_t describe_proxy(const http_failure *f, kinmu_err *err) {
    if (f->proxy_code == 407 || f->proxy_code == 401) { /* some say it in the server's way */
        return error_set(err, KINMU_E_DENIED, "http.proxy.password",
                         "http: the proxy %s does not accept user and password; correct user and "
                         "password of `proxy` in conf.d",
                         f->proxy);
    }
    if (f->proxy_code >= 500) {
        return error_set(err, KINMU_E_RETRY, "http.proxy.reach",
                         "http: the proxy %s does not reach %s (it answered %ld)", f->proxy,
                         f->place, f->proxy_code);
    }
    return error_set(err, KINMU_E_DENIED, "http.proxy.refused",
                     "http: the proxy %s does not let us to %s (it answered %ld); have it "
                     "allowed, or except that host from `proxy` in conf.d",
                     f->proxy, f->place, f->proxy_code);
}

/* The handshake failed, or the server spoke up right after it (TLS 1.3 tells only then what it
 * thinks of our certificate). */
static int32_t describe_handshake(const http_failure *f, kinmu_err *err) {
    if (has(f, "protocol version") || has(f, "unsupported protocol") || has(f, "wrong version")) {
        return error_set(err, KINMU_E_DENIED, "http.tls.version",
                         "http: %s: it speaks no TLS 1.2 or 1.3; bring the server up to date, or "
                         "correct the port if it is no TLS server at all",
                         f->place);
    }
    if (has(f, "alert") && (has(f, "certificate") || has(f, "unknown ca") ||
                            has(f, "access denied") || has(f, "decrypt error"))) {
        return error_set(err, KINMU_E_DENIED, "http.tls.refused",
                         f->is_device ? "http: %s: it does not accept this node's certificate; see "
                                        "on the hub whether the node is revoked, or enrol it again"
                                      : "http: %s: it asks for a client certificate",
                         f->place);
    }
    return error_set(err, KINMU_E_RETRY, "http.tls", "http: %s: no TLS connection: %s", f->place,
                     f->detail);
}

static int32_t describe_timeout(const http_failure *f, kinmu_err *err) {
    if (!f->is_connected) {
        return error_set(err, KINMU_E_RETRY, "http.connect.timeout",
                         "http: %s: no connection within %u s; check network and firewall",
                         f->proxy != NULL ? f->proxy : f->place, f->connect_s_max);
    }
    return error_set(err, KINMU_E_RETRY, "http.stall",
                     "http: %s: nothing came or went for %u s; tried again later", f->place,
                     f->stall_s_max);
}

static int32_t describe_network(const http_failure *f, kinmu_err *err) {
    const char *text = f->detail;
    const char *where = f->place;
    const char *key = "http.network";
    switch (f->code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
        where = f->proxy != NULL ? f->proxy : f->place;
        text = "its name is not known; check `proxy` in conf.d and the name server";
        key = "http.name";
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        text = "its name is not known; check the URL and the name server";
        key = "http.name";
        break;
    case CURLE_COULDNT_CONNECT:
        where = f->proxy != NULL ? f->proxy : f->place;
        text = "no connection; check that it runs and that no firewall stands in between";
        key = "http.connect";
        break;
    case CURLE_PARTIAL_FILE:
        text = "the answer broke off before its end";
        key = "http.cut";
        break;
    case CURLE_GOT_NOTHING:
        text = "it closed the connection without an answer";
        key = "http.nothing";
        break;
    default:
        break;
    }
    return error_set(err, KINMU_E_RETRY, key, "http: %s: %s", where, text);
}

int32_t http_failure_describe(const http_failure *f, kinmu_err *err) {
    if (f->proxy != NULL && f->proxy_code >= 400) {
        return describe_proxy(f, err);
    }
    switch (f->code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return describe_certificate(f, err);
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return error_set(err, KINMU_E_DENIED, "http.pin",
                         "http: %s: its key is not the pinned one; somebody may stand in between, "
                         "or the server has a new key and the pin must follow",
                         f->place);
    case CURLE_SSL_CACERT_BADFILE:
        return error_set(err, KINMU_E_DENIED, "http.authority",
                         "http: %s: the file of trusted authorities cannot be read or holds no "
                         "certificate; correct its path",
                         f->place);
    case CURLE_SSL_CERTPROBLEM:
        return error_set(err, KINMU_E_DENIED, "http.identity",
                         "http: %s: this node's certificate and its key do not belong together; "
                         "enrol the node again",
                         f->place);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return describe_handshake(f, err);
    case CURLE_OPERATION_TIMEDOUT:
        return describe_timeout(f, err);
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_HTTP2:
        return error_set(err, KINMU_E_REJECT, "http.answer",
                         "http: %s: the answer cannot be understood: %s", f->place, f->detail);
    case CURLE_URL_MALFORMAT:
        return error_set(err, KINMU_E_REJECT, "http.url", "http: the URL is not one: %s",
                         f->detail);
    default:
        return describe_network(f, err);
    }
}
