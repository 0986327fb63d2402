/* test-invite.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-invite.h"

static ShoalInvite *
make (void)
{
  ShoalInvite *invite = shoal_invite_new ();

  for (guint i = 0; i < SHOAL_INVITE_SECRET_SIZE; i++)
    invite->secret[i] = (uint8_t) (i * 37);
  memset (&invite->device, 0xA5, sizeof invite->device);
  invite->ends = G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC;
  invite->name = g_strdup ("Änna’s laptop");
  g_ptr_array_add (invite->trackers, g_strdup ("wss://tracker.example.org/"));
  g_ptr_array_add (invite->trackers, g_strdup ("ws://192.0.2.1:8000/"));
  return invite;
}

static void
test_round_trip (void)
{
  g_autoptr (ShoalInvite) invite = make ();
  g_autoptr (ShoalInvite) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = shoal_invite_format (invite);
  g_autofree char *spaced = g_strdup_printf (" \n%s\r\n", text);

  g_assert_true (shoal_invite_looks_like (text));
  g_assert_null (strpbrk (text + strlen (SHOAL_INVITE_PREFIX), "+/= "));
  again = shoal_invite_parse (spaced, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (again->secret, sizeof again->secret, invite->secret, sizeof invite->secret);
  g_assert_true (shoal_hash_equals (&again->device, &invite->device));
  g_assert_cmpint (again->ends, ==, invite->ends);
  g_assert_cmpstr (again->name, ==, invite->name);
  g_assert_cmpuint (again->trackers->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (again->trackers, 1), ==, "ws://192.0.2.1:8000/");
}

static void
test_damaged (void)
{
  g_autoptr (ShoalInvite) invite = make ();
  g_autofree char *text = shoal_invite_format (invite);
  size_t size = strlen (text);

  g_test_summary ("Cut anywhere, it is no invite, and says so");
  for (size_t i = 0; i < size; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *cut = g_strndup (text, i);
      ShoalInvite *parsed = shoal_invite_parse (cut, &error);

      g_assert_null (parsed);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
      g_assert_nonnull (shoal_error_get_next (error));
    }
}

static void
test_bad (void)
{
  static const char *const CASES[] = {
    "", "shoal:", "shoal:?xt=urn:btmh:1220", "magnet:?x", "shoal:i/", "shoal:i/AQ==", "shoal:i/A Q",
    "shoal:i/\xC3\xA4", "shoal:i/....", "https://example.org/shoal:i/AAAA",
  };
  g_autoptr (ShoalInvite) invite = make ();
  g_autofree char *newer = NULL;
  g_autofree char *controls = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    g_assert_null (shoal_invite_parse (CASES[i], NULL));

  newer = shoal_invite_format (invite);
  newer[strlen (SHOAL_INVITE_PREFIX) + 1] = 'g'; /* the version's low bits */
  g_assert_null (shoal_invite_parse (newer, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_VERSION);

  g_free (invite->name);
  invite->name = g_strdup ("two\nlines");
  controls = shoal_invite_format (invite);
  g_assert_null (shoal_invite_parse (controls, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/invite/round-trip", test_round_trip);
  g_test_add_func ("/content/invite/damaged", test_damaged);
  g_test_add_func ("/content/invite/bad", test_bad);
  return g_test_run ();
}
