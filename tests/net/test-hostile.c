/* test-hostile.c: what strangers may throw at a listener, and it at us.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "net-fixture.h"

#include <arpa/inet.h>
#include <gio/gunixinputstream.h>
#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- A client that does as the test says --------------------------------- */

typedef struct _Client Client;
typedef void (*ClientFunc) (Client *client);

struct _Client
{
  NetFixture      *f;
  const char      *priority;
  const char      *alpn;        /* (nullable) */
  gboolean         certificate;
  ClientFunc       then;        /* (nullable): after the handshake */

  int              fd;
  gnutls_session_t session;
  int              status;      /* of the handshake */
  int              read_status; /* of the first read after it */
  gint             done;        /* atomic */
  guint            cut_at;      /* bytes of the next record that are sent */
  gboolean         flip;        /* damage the next record */
};

static gpointer
run_client (gpointer data)
{
  Client *client = data;
  gnutls_certificate_credentials_t none;
  char byte;

  gnutls_certificate_allocate_credentials (&none);
  gnutls_init (&client->session, GNUTLS_CLIENT);
  g_assert_cmpint (gnutls_priority_set_direct (client->session, client->priority, NULL), ==, 0);
  gnutls_credentials_set (client->session, GNUTLS_CRD_CERTIFICATE,
                          client->certificate
                            ? shoal_identity_get_credentials (client->f->here_identity) : none);
  if (client->alpn != NULL)
    {
      gnutls_datum_t alpn = { (unsigned char *) client->alpn, (unsigned) strlen (client->alpn) };

      gnutls_alpn_set_protocols (client->session, &alpn, 1, 0);
    }
  gnutls_transport_set_int (client->session, client->fd);
  gnutls_handshake_set_timeout (client->session, 5000);
  do
    client->status = gnutls_handshake (client->session);
  while (client->status < 0 && !gnutls_error_is_fatal (client->status));

  if (client->status >= 0 && client->then != NULL)
    client->then (client);
  else if (client->status >= 0)
    {
      gnutls_record_set_timeout (client->session, 5000);
      client->read_status = (int) gnutls_record_recv (client->session, &byte, 1);
    }
  gnutls_deinit (client->session);
  gnutls_certificate_free_credentials (none);
  close (client->fd);
  g_atomic_int_set (&client->done, 1);
  return NULL;
}

static void
start_client (NetFixture *f, Client *client)
{
  client->f = f;
  client->fd = net_fixture_raw_connect (f);
  g_thread_unref (g_thread_new ("client", run_client, client));
}

#define TLS13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"

/* --- Handshakes that must fail ------------------------------------------- */

static void
assert_refused (NetFixture *f, Client *client)
{
  start_client (f, client);
  run_until (g_atomic_int_get (&client->done));
  run_until (shoal_listener_get_n_half_open (f->listener) == 0);
  g_test_message ("handshake: %s; read: %s", gnutls_strerror (client->status),
                  gnutls_strerror (client->read_status));
  g_assert_true (client->status < 0 || client->read_status < 0);
  g_assert_null (f->there.link);
}

static void
test_old_tls (NetFixture *f, gconstpointer data)
{
  static const char *const PRIORITIES[] = {
    "NORMAL:-VERS-ALL:+VERS-TLS1.2",
    "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0",
  };

  for (guint i = 0; i < G_N_ELEMENTS (PRIORITIES); i++)
    {
      Client client = { .priority = PRIORITIES[i], .alpn = "shoal/1", .certificate = TRUE };

      assert_refused (f, &client);
      g_assert_cmpint (client.status, ==, GNUTLS_E_FATAL_ALERT_RECEIVED);
    }
}

static void
test_no_certificate (NetFixture *f, gconstpointer data)
{
  Client client = { .priority = TLS13, .alpn = "shoal/1" };

  assert_refused (f, &client);
}

static void
test_wrong_alpn (NetFixture *f, gconstpointer data)
{
  Client wrong = { .priority = TLS13, .alpn = "h2", .certificate = TRUE };
  Client none = { .priority = TLS13, .certificate = TRUE };

  assert_refused (f, &wrong);
  assert_refused (f, &none);
}

/* The same client, when it does all as it should, is let in. */
static void
test_good_client (NetFixture *f, gconstpointer data)
{
  Client client = { .priority = TLS13, .alpn = "shoal/1", .certificate = TRUE };

  start_client (f, &client);
  run_until (f->there.link != NULL);
  g_assert_true (shoal_hash_equals (shoal_link_get_peer_id (f->there.link),
                                    shoal_identity_get_id (f->here_identity)));
  end_watch (&f->there);
  shoal_link_close (f->there.link);
  run_until (g_atomic_int_get (&client.done));
  g_assert_cmpint (client.read_status, ==, 0);
}

/* Not TLS at all, in every size, then silence or the end. */
static void
test_garbage (NetFixture *f, gconstpointer data)
{
  static const char HTTP[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  guint n_before = count_descriptors ();

  for (int i = 0; i < 60; i++)
    {
      int fd = net_fixture_raw_connect (f);
      uint8_t bytes[4096];
      size_t size = (size_t) g_test_rand_int_range (0, sizeof bytes);

      for (size_t j = 0; j < size; j++)
        bytes[j] = (uint8_t) g_test_rand_int ();
      if (i % 3 == 0)
        bytes[0] = 22; /* handshake */
      if (i % 6 == 0)
        memcpy (bytes + 1, "\x03\x03\x0f\x00\x01\x00\x0e\xfc", 8);
      if (i == 1)
        {
          size = sizeof HTTP - 1;
          memcpy (bytes, HTTP, size);
        }
      if (i == 2)
        size = 0;
      g_assert_cmpint (send (fd, bytes, size, MSG_NOSIGNAL), ==, (ssize_t) size);
      run_for (2);
      close (fd);
    }
  run_until (shoal_listener_get_n_half_open (f->listener) == 0);
  run_until (count_descriptors () == n_before);
  g_assert_null (f->there.link);
}

static gpointer
run_garbage_server (gpointer data)
{
  int listening = GPOINTER_TO_INT (data);
  int fd = accept (listening, NULL, NULL);
  char hello[65536];

  g_assert_cmpint (recv (fd, hello, sizeof hello, 0), >, 0);
  g_assert_cmpint (send (fd, "SSH-2.0-OpenSSH_9.2\r\n", 21, MSG_NOSIGNAL), ==, 21);
  while (recv (fd, hello, sizeof hello, 0) > 0)
    continue;
  close (fd);
  return NULL;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  NetFixture *f = user_data;

  f->here.link = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result,
                                                 &f->connect_error);
  f->connect_done = TRUE;
}

/* We dial something that is not Shoal. */
static void
test_garbage_server (NetFixture *f, gconstpointer data)
{
  struct sockaddr_in native = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof native;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofree char *where = NULL;
  GThread *thread;

  g_assert_cmpint (bind (fd, (struct sockaddr *) &native, size), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &native, &size), ==, 0);
  thread = g_thread_new ("server", run_garbage_server, GINT_TO_POINTER (fd));
  where = g_strdup_printf ("127.0.0.1:%u", ntohs (native.sin_port));
  shoal_connector_connect_to_host_async (f->connector, where, NULL, 0, NULL, on_connected, f);
  run_until (f->connect_done);
  g_assert_error (f->connect_error, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
  g_assert_cmpint (shoal_error_get_side (f->connect_error), ==, SHOAL_SIDE_THERE);
  g_assert_nonnull (strstr (f->connect_error->message, where));
  g_thread_join (thread);
  close (fd);
}

/* --- After the handshake ------------------------------------------------- */

static ssize_t
push_damaged (gnutls_transport_ptr_t data, const void *bytes, size_t size)
{
  Client *client = data;
  g_autofree uint8_t *copy = g_memdup2 (bytes, size);

  if (client->flip)
    copy[size - 1] ^= 1;
  send (client->fd, copy, client->cut_at > 0 ? client->cut_at : size, MSG_NOSIGNAL);
  return (ssize_t) size;
}

static void
send_damaged (Client *client)
{
  gnutls_transport_set_ptr (client->session, client);
  gnutls_transport_set_push_function (client->session, push_damaged);
  gnutls_record_send (client->session, "0123456789", 10);
}

static void
connect_client (NetFixture *f, Client *client)
{
  client->priority = TLS13;
  client->alpn = "shoal/1";
  client->certificate = TRUE;
  start_client (f, client);
  run_until (f->there.link != NULL);
  end_watch (&f->there);
  run_until (f->there.n_closed == 1 && g_atomic_int_get (&client->done));
}

static void
test_vanish_mid_record (NetFixture *f, gconstpointer data)
{
  Client client = { .then = send_damaged, .cut_at = 12 };

  connect_client (f, &client);
  g_assert_error (f->there.error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
  g_assert_cmpint (shoal_error_get_side (f->there.error), ==, SHOAL_SIDE_THERE);
  g_assert_cmpuint (f->there.n_received, ==, 0);
}

static void
test_damaged_record (NetFixture *f, gconstpointer data)
{
  Client client = { .then = send_damaged, .flip = TRUE };

  connect_client (f, &client);
  g_assert_error (f->there.error, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
  g_assert_cmpuint (f->there.n_received, ==, 0);
}

static void
send_after_key_updates (Client *client)
{
  for (int i = 0; i < 5; i++)
    {
      g_assert_cmpint (gnutls_record_send (client->session, "abc", 3), ==, 3);
      g_assert_cmpint (gnutls_session_key_update (client->session, GNUTLS_KU_PEER), >=, 0);
    }
  gnutls_record_send (client->session, "end", 3);
  gnutls_bye (client->session, GNUTLS_SHUT_WR);
}

/* TLS 1.3 changes keys in the middle of a long transfer. */
static void
test_key_update (NetFixture *f, gconstpointer data)
{
  Client client = { .then = send_after_key_updates };

  connect_client (f, &client);
  g_assert_error (f->there.error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
  g_assert_cmpmem (f->there.received->data, f->there.received->len, "abcabcabcabcabcend", 18);
}

static void
reset_connection (Client *client)
{
  struct linger at_once = { .l_onoff = 1 };

  setsockopt (client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  shutdown (client->fd, SHUT_RDWR);
}

static void
test_reset (NetFixture *f, gconstpointer data)
{
  Client client = { .then = reset_connection };

  connect_client (f, &client);
  g_assert_error (f->there.error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
}

/* A reset is noticed, too, while nobody reads; and costs no time. */
static void
test_reset_unread (NetFixture *f, gconstpointer data)
{
  Client client = { .priority = TLS13, .alpn = "shoal/1", .certificate = TRUE,
                    .then = reset_connection };
  guint turns = 0;
  gint64 end;

  start_client (f, &client);
  run_until (f->there.link != NULL);
  end_watch (&f->there);
  shoal_link_set_reading (f->there.link, FALSE);
  run_until (g_atomic_int_get (&client.done));
  end = g_get_monotonic_time () + 100000;
  while (g_get_monotonic_time () < end)
    {
      if (g_main_context_iteration (NULL, FALSE))
        turns++;
      else
        g_usleep (1000);
    }
  g_test_message ("%u turns of the loop", turns);
  g_assert_cmpuint (turns, <, 20);
}

/* --- Many ---------------------------------------------------------------- */

/* Those who connect and say nothing take no more than their places, and keep
 * nobody out for long. */
static void
test_flood (NetFixture *f, gconstpointer data)
{
  int idle[64];
  gint64 start;
  guint most = 0;

  for (guint i = 0; i < G_N_ELEMENTS (idle); i++)
    {
      idle[i] = net_fixture_raw_connect (f);
      run_for (1);
      most = MAX (most, shoal_listener_get_n_half_open (f->listener));
    }
  g_assert_cmpuint (most, ==, SHOAL_MAX_HALF_OPEN);

  start = g_get_monotonic_time ();
  net_fixture_dial (f, NULL);
  g_assert_no_error (f->connect_error);
  run_until (f->there.link != NULL);
  g_test_message ("let in after %.2f s", (double) (g_get_monotonic_time () - start) / 1e6);
  g_assert_cmpuint (shoal_listener_get_n_half_open (f->listener), <=, SHOAL_MAX_HALF_OPEN);
  for (guint i = 0; i < G_N_ELEMENTS (idle); i++)
    close (idle[i]);
  run_until (shoal_listener_get_n_half_open (f->listener) == 0);
}

/* --- OpenSSL as the judge ------------------------------------------------ */

static char *
run_openssl (NetFixture *f, const char *const *options)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *where = g_strdup_printf ("127.0.0.1:%u", shoal_listener_get_port (f->listener));
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) no_input = g_bytes_new (NULL, 0);
  GInputStream *out;
  GString *text = g_string_new (NULL);
  char chunk[4096];
  gssize n;

  g_ptr_array_add (argv, (gpointer) "openssl");
  g_ptr_array_add (argv, (gpointer) "s_client");
  g_ptr_array_add (argv, (gpointer) "-connect");
  g_ptr_array_add (argv, where);
  for (guint i = 0; options[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) options[i]);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata,
                               G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE
                                 | G_SUBPROCESS_FLAGS_STDIN_PIPE,
                               &error);
  if (process == NULL)
    {
      g_string_free (text, TRUE);
      return NULL;
    }
  out = g_subprocess_get_stdout_pipe (process);
  /* It talks to our listener, which lives on this thread. */
  for (;;)
    {
      struct pollfd poll_fd = { g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (out)), POLLIN, 0 };

      run_for (2);
      if (strstr (text->str, "---\n") != NULL)
        g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
      if (poll (&poll_fd, 1, 0) == 0)
        continue;
      n = g_input_stream_read (out, chunk, sizeof chunk, NULL, NULL);
      if (n <= 0)
        break;
      g_string_append_len (text, chunk, n);
    }
  return g_string_free (text, FALSE);
}

static void
test_openssl (NetFixture *f, gconstpointer data)
{
  static const char *const TLS12[] = { "-tls1_2", "-alpn", "shoal/1", NULL };
  static const char *const TLS_13[] = { "-tls1_3", "-alpn", "shoal/1", NULL };
  g_autofree char *old = run_openssl (f, TLS12);
  g_autofree char *now = NULL;

  if (old == NULL)
    {
      g_test_skip ("no openssl");
      return;
    }
  /* By an alert instead of an answer: nothing of ours is shown. */
  g_assert_nonnull (strstr (old, "alert handshake failure"));
  g_assert_nonnull (strstr (old, "no peer certificate available"));
  /* Its own side is done before ours asks for the certificate in vain. */
  now = run_openssl (f, TLS_13);
  g_assert_nonnull (strstr (now, "TLSv1.3"));
  g_assert_nonnull (strstr (now, "ALPN protocol: shoal/1"));
  g_assert_nonnull (strstr (now, "ED25519"));
  g_assert_null (strstr (now, "Post-Handshake New Session Ticket"));
  run_until (shoal_listener_get_n_half_open (f->listener) == 0);
  g_assert_null (f->there.link);
}

/* A device made and driven by OpenSSL is let in, under the ID that OpenSSL's
 * own view of its key gives. */
static void
test_openssl_device (NetFixture *f, gconstpointer data)
{
  g_autofree char *directory = g_dir_make_tmp ("shoal-openssl-XXXXXX", NULL);
  g_autofree char *key = g_build_filename (directory, "key", NULL);
  g_autofree char *certificate = g_build_filename (directory, "certificate", NULL);
  g_autofree char *make = g_strdup_printf (
    "openssl req -x509 -newkey ed25519 -nodes -keyout %s -out %s -subj /CN=x 2>/dev/null && "
    "openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum "
    "| cut -c1-64",
    key, certificate, certificate);
  const char *const argv[] = { "sh", "-c", make, NULL };
  const char *const options[] = { "-tls1_3", "-alpn", "shoal/1", "-key", key, "-cert",
                                  certificate, NULL };
  g_autofree char *hex = NULL, *out = NULL, *id = NULL;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &hex, NULL,
                     NULL, NULL) || strlen (g_strstrip (hex)) != 64)
    g_test_skip ("no openssl");
  else
    {
      out = run_openssl (f, options);
      g_assert_nonnull (f->there.link);
      id = shoal_hash_to_hex (shoal_link_get_peer_id (f->there.link));
      g_assert_cmpstr (id, ==, hex);
    }
  g_remove (key);
  g_remove (certificate);
  g_rmdir (directory);
}

#define ADD(name, func)                                                                           \
  g_test_add ("/net/hostile/" name, NetFixture, NULL, net_fixture_set_up, func,                   \
              net_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("old-tls", test_old_tls);
  ADD ("no-certificate", test_no_certificate);
  ADD ("wrong-alpn", test_wrong_alpn);
  ADD ("good-client", test_good_client);
  ADD ("garbage", test_garbage);
  ADD ("garbage-server", test_garbage_server);
  ADD ("vanish-mid-record", test_vanish_mid_record);
  ADD ("damaged-record", test_damaged_record);
  ADD ("key-update", test_key_update);
  ADD ("reset", test_reset);
  ADD ("reset-unread", test_reset_unread);
  ADD ("flood", test_flood);
  ADD ("openssl", test_openssl);
  ADD ("openssl-device", test_openssl_device);
  return g_test_run ();
}
