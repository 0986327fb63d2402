/* test-address.c: addresses as people type and read them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-limits.h"

/* Everything that is an address, and how it is shown; or the host and port. */
static void
test_good (void)
{
  static const struct
  {
    const char *text;
    const char *shown; /* NULL: a host */
    const char *host;
    guint16     port;
  } rows[] = {
    { "192.0.2.1", "192.0.2.1:27474", NULL, 27474 },
    { " 192.0.2.1:80\n", "192.0.2.1:80", NULL, 80 },
    { "192.0.2.1:65535", "192.0.2.1:65535", NULL, 65535 },
    { "2001:db8::1", "[2001:db8::1]:27474", NULL, 27474 },
    { "[2001:db8::1]", "[2001:db8::1]:27474", NULL, 27474 },
    { "[2001:db8::1]:9", "[2001:db8::1]:9", NULL, 9 },
    { "fe80::1%lo", "[fe80::1%lo]:27474", NULL, 27474 },
    { "[fe80::1%lo]:5", "[fe80::1%lo]:5", NULL, 5 },
    { "fe80::1%1", "[fe80::1%lo]:27474", NULL, 27474 },
    { "::ffff:192.0.2.1", "192.0.2.1:27474", NULL, 27474 },
    { "::1", "[::1]:27474", NULL, 27474 },
    { "laptop", NULL, "laptop", 27474 },
    { "laptop.example:99", NULL, "laptop.example", 99 },
    { "münchen.example", NULL, "münchen.example", 27474 },
    { "3com.example", NULL, "3com.example", 27474 },
    { "my_box", NULL, "my_box", 27474 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GSocketAddress) address = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *host = NULL;
      guint16 port = 0;

      g_test_message ("%s", rows[i].text);
      g_assert_true (shoal_address_parse (rows[i].text, &address, &host, &port, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (port, ==, rows[i].port);
      g_assert_cmpstr (host, ==, rows[i].host);
      g_assert_true ((address != NULL) == (rows[i].shown != NULL));
      if (address != NULL)
        {
          g_autofree char *shown = shoal_address_to_text (address);

          g_assert_cmpstr (shown, ==, rows[i].shown);
        }
    }
}

static void
test_bad (void)
{
  static const char *const rows[] = {
    "", " ", ":", ":80", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:-1",
    "192.0.2.1:+1", "192.0.2.1:80x", "192.0.2.256", "192.0.2", "1.2.3.4.5", "[", "[]", "]",
    "[::1", "[::1]x", "[::1]:", "[::1]:x", "[192.0.2.1", "[laptop]:1", "fe80::1%",
    "fe80::1%nowhere", "fe80::1%0", "fe80::1%-1", "lap top", "laptop/x", "user@laptop",
    "http://laptop", "-x", ".x",
    "a\001b", "\xff\xfe", "la:p:top",
  };
  g_autofree char *longest = g_strnfill (100000, 'a');

  for (guint i = 0; i <= G_N_ELEMENTS (rows); i++)
    {
      const char *text = i < G_N_ELEMENTS (rows) ? rows[i] : longest;
      g_autoptr (GSocketAddress) address = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *host = NULL;
      guint16 port = 7;

      g_assert_false (shoal_address_parse (text, &address, &host, &port, &error));
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_nonnull (shoal_error_get_next (error));
      g_assert_null (address);
      g_assert_null (host);
      g_assert_cmpuint (port, ==, 7);
    }
}

static void
test_listen (void)
{
  static const struct
  {
    const char *text;
    const char *address; /* NULL: every one */
    int         port;    /* -1: not one */
  } rows[] = {
    { ":27474", NULL, 27474 },       { ":0", NULL, 0 },
    { "192.0.2.1:8", "192.0.2.1", 8 }, { "[::1]:80", "::1", 80 },
    { "[::]:0", "::", 0 },           { "0.0.0.0:1", "0.0.0.0", 1 },
    { "27474", NULL, -1 },           { "", NULL, -1 },
    { "192.0.2.1", NULL, -1 },       { "::1", NULL, -1 },
    { "laptop:80", NULL, -1 },       { ":x", NULL, -1 },
    { ":65536", NULL, -1 },          { "\xff:1", NULL, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GInetAddress) address = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *shown = NULL;
      guint16 port = 7;
      gboolean good = shoal_listen_address_parse (rows[i].text, &address, &port, &error);

      g_test_message ("%u", i);
      g_assert_cmpint (good, ==, rows[i].port >= 0);
      g_assert_true (good == (error == NULL));
      g_assert_cmpuint (port, ==, good ? rows[i].port : 7);
      shown = address != NULL ? g_inet_address_to_string (address) : NULL;
      g_assert_cmpstr (shown, ==, rows[i].address);
    }
}

static void
test_path (void)
{
  static const struct
  {
    const char *address;
    ShoalPath   path;
  } rows[] = {
    { "127.0.0.1", SHOAL_PATH_LOCAL },   { "::1", SHOAL_PATH_LOCAL },
    { "10.1.2.3", SHOAL_PATH_LOCAL },    { "172.16.0.1", SHOAL_PATH_LOCAL },
    { "192.168.1.1", SHOAL_PATH_LOCAL }, { "169.254.1.1", SHOAL_PATH_LOCAL },
    { "fe80::1", SHOAL_PATH_LOCAL },     { "fd00::1", SHOAL_PATH_LOCAL },
    { "fcff::1", SHOAL_PATH_LOCAL },     { "::ffff:10.0.0.1", SHOAL_PATH_LOCAL },
    { "9.9.9.9", SHOAL_PATH_DIRECT },  { "172.32.0.1", SHOAL_PATH_DIRECT },
    { "2620:fe::fe", SHOAL_PATH_DIRECT }, { "::ffff:9.9.9.9", SHOAL_PATH_DIRECT },
    { "fe00::1", SHOAL_PATH_DIRECT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GSocketAddress) address
        = g_inet_socket_address_new_from_string (rows[i].address, 1);

      g_test_message ("%s", rows[i].address);
      g_assert_cmpint (shoal_address_get_path (address), ==, rows[i].path);
    }
}

static void
test_interface (void)
{
  static const char *const ADDRESSES[] = { "169.254.1.1", "fe80::1" };

  for (guint i = 0; i < G_N_ELEMENTS (ADDRESSES); i++)
    {
      g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (ADDRESSES[i]);
      g_autoptr (GSocketAddress) free_one = shoal_address_new_on_interface (inet, 5, 0);
      g_autoptr (GSocketAddress) bound = shoal_address_new_on_interface (inet, 5, 3);

      g_assert_cmpuint (shoal_address_get_interface (free_one), ==, 0);
      g_assert_cmpuint (shoal_address_get_interface (bound), ==, 3);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/address/good", test_good);
  g_test_add_func ("/net/address/bad", test_bad);
  g_test_add_func ("/net/address/listen", test_listen);
  g_test_add_func ("/net/address/path", test_path);
  g_test_add_func ("/net/address/interface", test_interface);
  return g_test_run ();
}
