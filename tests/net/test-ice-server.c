/* test-ice-server.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-ice.h"

static void
test_good (void)
{
  static const struct
  {
    const char         *text;
    ShoalIceServerKind  kind;
    const char         *host;
    guint               port;
    const char         *user, *password;
  } CASES[] = {
    { "stun:stun.example.org", SHOAL_ICE_STUN, "stun.example.org", 3478, NULL, NULL },
    { "STUN:192.0.2.1:19302", SHOAL_ICE_STUN, "192.0.2.1", 19302, NULL, NULL },
    { "stun:[2001:db8::1]:5000", SHOAL_ICE_STUN, "2001:db8::1", 5000, NULL, NULL },
    { "turn:u:p@turn.example.org", SHOAL_ICE_TURN, "turn.example.org", 3478, "u", "p" },
    { "turn:a%40b:p%3Aq@t:99?transport=udp", SHOAL_ICE_TURN, "t", 99, "a@b", "p:q" },
    { "turn:t?transport=tcp", SHOAL_ICE_TURN_TCP, "t", 3478, NULL, NULL },
    { "turns:u:p@t", SHOAL_ICE_TURN_TLS, "t", 5349, "u", "p" },
    { "turns:t:443?transport=tcp", SHOAL_ICE_TURN_TLS, "t", 443, NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalIceServer) server = shoal_ice_server_parse (CASES[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpint (server->kind, ==, CASES[i].kind);
      g_assert_cmpstr (server->host, ==, CASES[i].host);
      g_assert_cmpuint (server->port, ==, CASES[i].port);
      g_assert_cmpstr (server->user, ==, CASES[i].user);
      g_assert_cmpstr (server->password, ==, CASES[i].password);
    }
}

static void
test_bad (void)
{
  static const char *const CASES[] = {
    "", "stun", "stun:", "stun://x", "http:x", "stun:u@x", "stun:x:0x5", "stun:x:70000",
    "turn:x/path", "turn:x?transport=sctp", "turns:x?transport=udp", "stun:x?transport=udp",
    "turn:x#y", "turn:u:p@",
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      ShoalIceServer *server = shoal_ice_server_parse (CASES[i], &error);

      g_test_message ("%s", CASES[i]);
      g_assert_null (server);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/ice-server/good", test_good);
  g_test_add_func ("/net/ice-server/bad", test_bad);
  return g_test_run ();
}
