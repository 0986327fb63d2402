/* test-candidate.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-candidate.h"
#include "shoal-error.h"

static void
test_good (void)
{
  static const struct
  {
    const char         *text;
    ShoalCandidateKind  kind;
    const char         *canonical;
  } CASES[] = {
    { "a=candidate:1 1 UDP 2013266431 192.0.2.1 4000 typ host", SHOAL_CANDIDATE_HOST,
      "candidate:1 1 UDP 2013266431 192.0.2.1 4000 typ host" },
    { "candidate:1 1 udp 2013266431 10.0.0.7 65535 typ host generation 0 network-id 3",
      SHOAL_CANDIDATE_HOST, "candidate:1 1 UDP 2013266431 10.0.0.7 65535 typ host" },
    { "candidate:a+/Z 1 UDP 1 198.51.100.1 1024 typ srflx raddr 192.168.1.2 rport 5000",
      SHOAL_CANDIDATE_REFLEXIVE,
      "candidate:a+/Z 1 UDP 1 198.51.100.1 1024 typ srflx raddr 0.0.0.0 rport 9" },
    { "candidate:4 1 UDP 16777215 2001:DB8:0::1 3478 typ relay raddr :: rport 0",
      SHOAL_CANDIDATE_RELAYED,
      "candidate:4 1 UDP 16777215 2001:db8::1 3478 typ relay raddr :: rport 9" },
    { "candidate:4 1 UDP 16777215 fd00::1 3478 typ prflx", SHOAL_CANDIDATE_REFLEXIVE,
      "candidate:4 1 UDP 16777215 fd00::1 3478 typ prflx raddr :: rport 9" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalCandidate) found = shoal_candidate_check (CASES[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpint (found->kind, ==, CASES[i].kind);
      g_assert_cmpstr (found->text, ==, CASES[i].canonical);
    }
}

static void
test_bad (void)
{
  static const char *const CASES[] = {
    "",
    "candidate:",
    "candidate:1 1 UDP 1 192.0.2.1 4000 typ",
    "candidate:1 1 UDP 1 192.0.2.1 4000 host typ",
    "candidate:1 1 UDP 1 192.0.2.1 4000 typ magic",
    "candidate:1 1 TCP 1 192.0.2.1 4000 typ host",
    "candidate:1 2 UDP 1 192.0.2.1 4000 typ host",
    "candidate:1 1 UDP 0 192.0.2.1 4000 typ host",
    "candidate:1 1 UDP 4294967296 192.0.2.1 4000 typ host",
    "candidate:1 1 UDP -1 192.0.2.1 4000 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 0 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 53 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 65536 typ host",
    "candidate:1 1 UDP 1 192.0.2.1  4000 typ host",
    "candidate: 1 UDP 1 192.0.2.1 4000 typ host",
    "candidate:not-allowed! 1 UDP 1 192.0.2.1 4000 typ host",
    "candidate:123456789012345678901234567890123 1 UDP 1 192.0.2.1 4000 typ host",
    "candidate:1 1 UDP 1 example.org 4000 typ host",
    "candidate:1 1 UDP 1 2f3b-11.local 4000 typ host",
    "candidate:1 1 UDP 1 127.0.0.1 4000 typ host",
    "candidate:1 1 UDP 1 0.0.0.0 4000 typ host",
    "candidate:1 1 UDP 1 0.1.2.3 4000 typ host",
    "candidate:1 1 UDP 1 255.255.255.255 4000 typ host",
    "candidate:1 1 UDP 1 240.0.0.1 4000 typ host",
    "candidate:1 1 UDP 1 224.0.0.251 5353 typ host",
    "candidate:1 1 UDP 1 169.254.169.254 4000 typ host",
    "candidate:1 1 UDP 1 ::1 4000 typ host",
    "candidate:1 1 UDP 1 :: 4000 typ host",
    "candidate:1 1 UDP 1 ::ffff:127.0.0.1 4000 typ host",
    "candidate:1 1 UDP 1 ::127.0.0.1 4000 typ host",
    "candidate:1 1 UDP 1 fe80::1 4000 typ host",
    "candidate:1 1 UDP 1 fe80::1%eth0 4000 typ host",
    "candidate:1 1 UDP 1 ff02::fb 5353 typ host",
    "candidate:1 1 UDP 1 192.0.2.1\n 4000 typ host",
    "m=candidate:1 1 UDP 1 192.0.2.1 4000 typ host",
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalCandidate) found = shoal_candidate_check (CASES[i], &error);

      g_test_message ("%s", CASES[i]);
      g_assert_null (found);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
}

static void
test_told_addresses (void)
{
  static const struct { const char *text; const char *host; guint port; } CASES[] = {
    { "192.168.1.5:27474", "192.168.1.5", 27474 },
    { "[2001:db8::7]:27474", "2001:db8::7", 27474 },
    { "[fd00::1]:1024", "fd00::1", 1024 },
    { "192.0.2.1:65535", "192.0.2.1", 65535 },
    { "", NULL, 0 },
    { ":", NULL, 0 },
    { "[]:2000", NULL, 0 },
    { "192.0.2.1", NULL, 0 },
    { "192.0.2.1:", NULL, 0 },
    { "192.0.2.1:+2000", NULL, 0 },
    { "192.0.2.1: 2000", NULL, 0 },
    { "192.0.2.1:2000 ", NULL, 0 },
    { "192.0.2.1:0", NULL, 0 },
    { "192.0.2.1:22", NULL, 0 },
    { "192.0.2.1:1023", NULL, 0 },
    { "192.0.2.1:65536", NULL, 0 },
    { "192.0.2.1:18446744073709551617", NULL, 0 },
    { "[192.0.2.1]:2000", NULL, 0 },
    { "2001:db8::7:27474", NULL, 0 },
    { "2001:db8::7", NULL, 0 },
    { "[2001:db8::7]", NULL, 0 },
    { "[2001:db8::7:2000", NULL, 0 },
    { "2001:db8::7]:2000", NULL, 0 },
    { "example.org:2000", NULL, 0 },
    { "127.0.0.1:2000", NULL, 0 },
    { "[::1]:2000", NULL, 0 },
    { "[::ffff:127.0.0.1]:2000", NULL, 0 },
    { "[fe80::1]:2000", NULL, 0 },
    { "[fe80::1%eth0]:2000", NULL, 0 },
    { "169.254.169.254:2000", NULL, 0 },
    { "224.0.0.251:5353", NULL, 0 },
    { "0.0.0.0:2000", NULL, 0 },
    { "255.255.255.255:2000", NULL, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSocketAddress) found = shoal_told_address_check (CASES[i].text, &error);
      g_autofree char *host = NULL;

      g_test_message ("%s", CASES[i].text);
      if (CASES[i].host == NULL)
        {
          g_assert_null (found);
          g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
          continue;
        }
      g_assert_no_error (error);
      host = g_inet_address_to_string (
        g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (found)));
      g_assert_cmpstr (host, ==, CASES[i].host);
      g_assert_cmpuint (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (found)), ==,
                        CASES[i].port);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signal/candidate/good", test_good);
  g_test_add_func ("/signal/candidate/bad", test_bad);
  g_test_add_func ("/signal/candidate/told-addresses", test_told_addresses);
  return g_test_run ();
}
