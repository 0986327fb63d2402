/* test-server.c: STUN and TURN servers as a person sets them up.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-server.h"
#include "shoal-settings.h"

#include <string.h>

/* What a person sets up is what is stored; its password is not shown. */
static void
test_forms (void)
{
  static const struct
  {
    ShoalServer server;
    const char *text, *masked;
  } CASES[] = {
    { { SHOAL_SERVER_STUN, (char *) "a.example", 0, NULL, NULL }, "stun:a.example",
      "stun:a.example" },
    { { SHOAL_SERVER_TURN, (char *) "2001:db8::1", 99, NULL, NULL }, "turn:[2001:db8::1]:99",
      "turn:[2001:db8::1]:99" },
    { { SHOAL_SERVER_TURN_TCP, (char *) "a.example", 0, (char *) "anna", NULL },
      "turn:anna@a.example?transport=tcp", "turn:anna@a.example?transport=tcp" },
    { { SHOAL_SERVER_TURN_TLS, (char *) "a.example", 443, (char *) "a:n@na", (char *) "p:/@ä?#%" },
      "turns:a%3An%40na:p%3A%2F%40%C3%A4%3F%23%25@a.example:443",
      "turns:a%3An%40na:…@a.example:443" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      const ShoalServer *wanted = &CASES[i].server;
      g_autofree char *text = shoal_server_format (wanted);
      g_autofree char *masked = shoal_server_mask (text);
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalServer) server = shoal_server_parse (text, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, CASES[i].text);
      g_assert_cmpstr (masked, ==, CASES[i].masked);
      g_assert_cmpint (server->kind, ==, wanted->kind);
      g_assert_cmpstr (server->host, ==, wanted->host);
      g_assert_cmpuint (server->port, ==, wanted->port);
      g_assert_cmpstr (server->user, ==, wanted->user);
      g_assert_cmpstr (server->password, ==, wanted->password);
    }
}

/* An error about one does not tell it either. */
static void
test_error (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (shoal_server_parse ("turn:anna:secret@a.example/path", &error));
  g_assert_null (strstr (error->message, "secret"));
  g_assert_nonnull (strstr (error->message, "a.example/path"));
}

/* On a command line, where a password is not shown either. */
static void
test_typed (void)
{
  static const struct
  {
    const char *key, *text;
    const char *shown; /* NULL: it is refused */
  } TYPED[] = {
    { "trackers", "none", "none" },
    { "trackers", "wss://one.example.org/, ws://two.example.org:80/",
      "wss://one.example.org/,ws://two.example.org:80/" },
    { "trackers", "http://one.example.org/", NULL },
    { "servers", "none", "none" },
    { "servers", "stun:one.example.org", "stun:one.example.org" },
    { "servers", "turn:anna:se%40cret@two.example.org:99?transport=tcp,turn:ben@three.example.org",
      "turn:anna:…@two.example.org:99?transport=tcp,turn:ben@three.example.org" },
    { "servers", "turn:anna:…@two.example.org", NULL },
    { "servers", "two.example.org", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (TYPED); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value
        = shoal_settings_parse_value (TYPED[i].key, TYPED[i].text, &error);
      g_autofree char *shown
        = value != NULL ? shoal_settings_format_value (TYPED[i].key, value) : NULL;

      g_assert_true ((value == NULL) == (error != NULL));
      g_assert_cmpstr (shown, ==, TYPED[i].shown);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/server/forms", test_forms);
  g_test_add_func ("/engine/server/error", test_error);
  g_test_add_func ("/engine/server/typed", test_typed);
  return g_test_run ();
}
