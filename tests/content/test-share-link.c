/* test-share-link.c: links, good and bad.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-share-link.h"

#include <string.h>

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define XT "xt=urn:btmh:1220" HEX
/* The bytes of HEX. */
#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static ShoalShareLink *
parse (const char *text, GError **error)
{
  /* In a block of exactly its size. */
  size_t size = strlen (text);
  g_autofree char *exact = g_memdup2 (text, size);

  return shoal_share_link_parse (exact != NULL ? exact : "", (gssize) size, error);
}

/* What comes out again as a magnet; NULL: the same. */
static const struct
{
  const char *text, *again;
} GOOD_LINKS[] = {
  { "magnet:?" XT, NULL },
  { "magnet:?" XT "&dn=a%20b&xl=5", NULL },
  { "magnet:?" XT "&dn=Gr%C3%B6%C3%9Fe", NULL },
  { "magnet:?" XT "&x.sk=" SECRET, NULL },
  { "magnet:?" XT "&x.sd=" HEX, NULL },
  { "magnet:?" XT "&x.pe=192.0.2.1:47474&x.pe=[2001:db8::1]:1&x.pe=host.example:65535", NULL },
  { "magnet:?" XT "&tr=wss://tracker.invalid/a?b%3Dc%26d", "magnet:?" XT
    "&tr=wss://tracker.invalid/a%3Fb%3Dc%26d" },
  { "shoal:?" XT, "magnet:?" XT },
  { "MAGNET:?" XT, "magnet:?" XT },
  { "  magnet:?" XT "\n", "magnet:?" XT },
  { "magnet:?dn=x&" XT, "magnet:?" XT "&dn=x" },
  { "magnet:?xt.1=urn:btmh:1220" HEX, "magnet:?" XT },
  { "magnet:?xt=URN:BTMH:1220" HEX, "magnet:?" XT },
  { "magnet:?xt=urn%3Abtmh%3A1220" HEX, "magnet:?" XT },
  { "magnet:?" XT "&" XT, "magnet:?" XT },
  { "magnet:?xt=urn:btih:0123456789012345678901234567890123456789&" XT, "magnet:?" XT },
  { "magnet:?" XT "&dn=a+b", "magnet:?" XT "&dn=a%20b" },
  { "magnet:?" XT "&dn=&so=1-2&kt=x&foo&=bar&&dn=b", "magnet:?" XT "&dn=b" },
  { "magnet:?" XT "&dn=a%0Ab", "magnet:?" XT },                /* a line break */
  { "magnet:?" XT "&dn=%ff", "magnet:?" XT },                  /* not UTF-8 */
  { "magnet:?" XT "&dn=a%00b", "magnet:?" XT },
  { "magnet:?" XT "&dn=%zz&xl=5", "magnet:?" XT "&xl=5" },
  { "magnet:?" XT "&xl=-5", "magnet:?" XT },
  { "magnet:?" XT "&xl=99999999999999999999", "magnet:?" XT },
  { "magnet:?" XT "#fragment&dn=x", "magnet:?" XT },
  { "magnet:?" XT "&tr=notaurl&tr=a://b%20c", "magnet:?" XT },
  { "magnet:?" XT "&tr=a://b&tr=a://b&tr.1=c://d", "magnet:?" XT "&tr=a://b&tr=c://d" },
  { "magnet:?" XT "&x.sd=abc", "magnet:?" XT },
  /* Addresses that make no sense, or only on one host. */
  { "magnet:?" XT "&x.pe=[fe80::1%25eth0]:1", "magnet:?" XT },
  { "magnet:?" XT "&x.pe=192.0.2.1&x.pe=:1&x.pe=a:0&x.pe=a:65536&x.pe=a:+1", "magnet:?" XT },
  { "magnet:?" XT "&x.pe=[192.0.2.1]:1&x.pe=[]:1&x.pe=[::1:1&x.pe=::1:1&x.pe=a/b:1&x.pe=a%20b:1",
    "magnet:?" XT },
};

static void
test_good (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (GOOD_LINKS); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalShareLink) link = parse (GOOD_LINKS[i].text, &error);
      g_autoptr (ShoalShareLink) again = NULL;
      g_autofree char *magnet = NULL;
      g_autofree char *shoal = NULL;
      g_autofree char *back = NULL;

      g_assert_no_error (error);
      magnet = shoal_share_link_format (link, SHOAL_SHARE_LINK_MAGNET);
      g_assert_cmpstr (magnet, ==,
                       GOOD_LINKS[i].again != NULL ? GOOD_LINKS[i].again : GOOD_LINKS[i].text);
      shoal = shoal_share_link_format (link, SHOAL_SHARE_LINK_SHOAL);
      g_assert_true (g_str_has_prefix (shoal, "shoal:?xt="));
      again = parse (shoal, &error);
      g_assert_no_error (error);
      back = shoal_share_link_format (again, SHOAL_SHARE_LINK_MAGNET);
      g_assert_cmpstr (back, ==, magnet);
    }
}

static void
test_bad (void)
{
  static const struct
  {
    const char *text;
    int         code;
  } CASES[] = {
    { "", SHOAL_ERROR_INVALID },
    { "magnet:", SHOAL_ERROR_INVALID },
    { "magnet:?", SHOAL_ERROR_INVALID },
    { "magnet:?dn=x", SHOAL_ERROR_INVALID },
    { "http://example.invalid/?" XT, SHOAL_ERROR_INVALID },
    { "xmagnet:?" XT, SHOAL_ERROR_INVALID },
    { "shoal:i/abc", SHOAL_ERROR_INVALID },
    { "magnet:?xt=urn:btmh:1220", SHOAL_ERROR_INVALID },
    { "magnet:?xt=urn:btmh:1220" HEX "0", SHOAL_ERROR_INVALID },
    { "magnet:?xt=urn:btmh:1120" HEX, SHOAL_ERROR_INVALID },
    { "magnet:?xt=urn:btmh:1220g" HEX, SHOAL_ERROR_INVALID },
    { "magnet:?xt=urn:btmh:%zz", SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&xt=urn:btmh:1220f" HEX, SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&xt=urn:btmh:1220ff" HEX, SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&x.sk=" SECRET "A", SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&x.sk=" SECRET "=", SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&x.sk=", SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&x.sk=%00", SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&x.sk=!AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", SHOAL_ERROR_INVALID },
    { "magnet:?" XT "&x.sk=" SECRET "&x.sk=" SECRET, SHOAL_ERROR_INVALID },
    /* The last two bits are nobody's. */
    { "magnet:?" XT "&x.sk=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", SHOAL_ERROR_INVALID },
    { "magnet:?xt=urn:btih:0123456789012345678901234567890123456789", SHOAL_ERROR_UNSUPPORTED },
    { "magnet:?xt=urn:sha1:x", SHOAL_ERROR_INVALID },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", CASES[i].text);
      g_assert_null (parse (CASES[i].text, &error));
      g_assert_error (error, SHOAL_ERROR, CASES[i].code);
      g_assert_nonnull (shoal_error_get_next (error));
    }

  {
    g_autofree char *name = g_strnfill (SHOAL_MAX_LINK_BYTES, 'a');
    g_autofree char *text = g_strconcat ("magnet:?" XT "&dn=", name, NULL);
    g_autoptr (GError) error = NULL;

    g_assert_null (parse (text, &error));
    g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
    g_clear_error (&error);
    g_assert_null (shoal_share_link_parse ("magnet:?" XT "\0&dn=a", 90, &error));
    g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  }
}

static void
test_values (void)
{
  g_autoptr (ShoalShareLink) link
    = parse ("shoal:?" XT "&dn=n&xl=0&x.sk=" SECRET "&x.sd=" HEX "&tr=a://b", NULL);
  g_autofree char *id = shoal_hash_to_hex (&link->id);

  g_assert_cmpstr (id, ==, HEX);
  g_assert_cmpstr (link->name, ==, "n");
  g_assert_true (link->has_length);
  g_assert_cmpuint (link->length, ==, 0);
  g_assert_true (link->has_secret);
  g_assert_cmpmem (link->secret, 32, &link->id, 32);
  g_assert_cmpuint (link->devices->len, ==, 1);
  g_assert_cmpuint (link->trackers->len, ==, 1);
  g_assert_cmpuint (link->addresses->len, ==, 0);
  g_assert_true (shoal_share_link_looks_like ("Shoal:?x"));
  g_assert_false (shoal_share_link_looks_like ("shoal:i/x"));
  g_assert_false (shoal_share_link_looks_like ("a.torrent"));
}

/* What must not leave is not written, however it got in; and no more than is read. */
static void
test_format_checks (void)
{
  const ShoalHash id = { { 0, 1 } };
  g_autoptr (ShoalShareLink) link = shoal_share_link_new (&id);
  g_autoptr (ShoalShareLink) again = NULL;
  g_autofree char *text = NULL;

  link->name = g_strdup ("a&b=c#d%\"'<\xc3\xa9>");
  g_ptr_array_add (link->addresses, g_strdup ("[fe80::1%eth0]:5"));
  for (unsigned i = 0; i < 30; i++)
    {
      g_ptr_array_add (link->addresses, g_strdup_printf ("192.0.2.%u:5", i));
      g_ptr_array_add (link->trackers, g_strdup_printf ("wss://t%u.invalid", i));
      g_array_append_val (link->devices, id);
    }
  text = shoal_share_link_format (link, SHOAL_SHARE_LINK_MAGNET);
  g_assert_null (strstr (text, "fe80"));
  again = parse (text, NULL);
  g_assert_cmpstr (again->name, ==, link->name);
  g_assert_cmpuint (again->addresses->len, ==, SHOAL_SHARE_LINK_MAX_ADDRESSES - 1);
  g_assert_cmpuint (again->trackers->len, ==, SHOAL_SHARE_LINK_MAX_TRACKERS);
  g_assert_cmpuint (again->devices->len, ==, SHOAL_SHARE_LINK_MAX_DEVICES);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/share-link/good", test_good);
  g_test_add_func ("/content/share-link/bad", test_bad);
  g_test_add_func ("/content/share-link/values", test_values);
  g_test_add_func ("/content/share-link/format-checks", test_format_checks);
  return g_test_run ();
}
