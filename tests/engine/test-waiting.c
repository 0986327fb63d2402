/* test-waiting.c: offers to and from somebody who is away, and who restarts.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-pair.h"

#include "shoal-error.h"
#include "shoal-state-transfers.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOUR (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define DAY (24 * HOUR)

/* --- Being away ------------------------------------------------------------ */

/* They know each other, what is stored goes on by itself, and the receiver is away.
 * Returns its ID. */
static char *
set_up_away (void)
{
  char *id;

  set_up ();
  write_file ("small.bin", MIB);
  sender.receive = receiver.receive = TRUE;
  id = find_receiver ();
  receiver.listen_port = receiver.port;
  device_stop (&receiver);
  return id;
}

static gboolean
is_connected (gconstpointer data)
{
  g_autoptr (ShoalTransferInfo) info = look (&sender, data);

  return info != NULL && info->is_online;
}

static void
come_back (void)
{
  device_start (&receiver);
}

static ShoalOfferInfo *
only_offer (void)
{
  g_autoptr (GPtrArray) offers = shoal_engine_get_offers (receiver.engine);

  g_assert_cmpuint (offers->len, ==, 1);
  return shoal_offer_info_ref (g_ptr_array_index (offers, 0));
}

/* --- Waiting --------------------------------------------------------------- */

/* An offer to somebody who is away waits on disk, and goes out by itself. */
static void
test_queued (gconstpointer data)
{
  const char *text = data;
  g_autofree char *device = set_up_away ();
  g_autofree char *going = send_to (device, text);
  g_autofree char *coming = NULL;
  g_autoptr (ShoalTransferInfo) waiting = NULL;
  g_autoptr (ShoalTransferInfo) done = NULL;
  gint64 now = g_get_real_time ();

  waiting = look (&sender, going);
  g_assert_cmpint (waiting->offer_state, ==, SHOAL_OFFER_QUEUED);
  g_assert_false (waiting->is_online);
  g_assert_cmpint (waiting->expires, >, now + 29 * DAY);
  restart (&sender);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_QUEUED);
  come_back ();
  await_offer (0);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_UNANSWERED);
  g_assert_true (spin_until (is_connected, going));
  {
    g_autoptr (ShoalTransferInfo) told = look (&sender, going);

    g_assert_cmpint (told->expires, <=, now + 7 * DAY + HOUR);
    g_assert_cmpint (told->expires, >, now + 6 * DAY);
  }
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, text != NULL ? strlen (text) : MIB);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, 0);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_ACCEPTED);
  done = look (&receiver, coming);
  g_assert_cmpstr (done->text, ==, text);
  if (text == NULL)
    assert_same ("small.bin");
  tear_down ();
}

/* Offers that came before a restart are offers again, and can be answered while
 * the offerer is away. */
static void
test_answered_in_absence (gconstpointer data)
{
  gboolean accept = GPOINTER_TO_INT (data);
  g_autofree char *going = NULL;
  g_autofree char *first = NULL;
  g_autofree char *coming = NULL;
  g_autoptr (ShoalOfferInfo) offer = NULL;
  g_autoptr (ShoalTransferInfo) accepted = NULL;

  set_up ();
  sender.receive = receiver.receive = TRUE;
  write_file ("small.bin", MIB);
  going = send_folder ();
  first = g_strdup (last_offer ());
  assert_offer_becomes (&sender, going, SHOAL_OFFER_UNANSWERED);
  device_stop (&sender);
  receiver.listen_port = receiver.port;
  g_ptr_array_set_size (receiver.offers, 0);
  restart (&receiver);
  g_assert_cmpuint (receiver.offers->len, ==, 1);
  g_assert_cmpstr (last_offer (), ==, first);
  offer = only_offer ();
  g_assert_cmpstr (offer->id, ==, first);
  g_assert_cmpstr (offer->name, ==, "Things");
  g_assert_cmpuint (offer->files, ==, 1);
  g_assert_cmpint (offer->expires - offer->created, ==, 7 * DAY);

  if (accept)
    coming = accept_offer (NULL);
  else
    g_assert_true (shoal_engine_decline (receiver.engine, first, NULL, NULL));
  device_start (&sender);
  if (accept)
    {
      assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, MIB);
      assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, MIB);
      accepted = look (&sender, going);
      g_assert_cmpint (accepted->started_at, >=, accepted->created_at);
      g_assert_cmpint (accepted->finished_at, >=, accepted->started_at);
    }
  else
    {
      assert_becomes (&sender, going, SHOAL_TRANSFER_DECLINED, 0);
      assert_offer_becomes (&sender, going, SHOAL_OFFER_DECLINED);
    }
  tear_down ();
}

/* What was taken back while the receiver was away is not offered there any more,
 * whoever restarts. */
static gboolean
has_no_offers (gconstpointer data)
{
  g_autoptr (GPtrArray) offers = shoal_engine_get_offers (receiver.engine);

  return offers->len == 0;
}

static void
test_withdrawn_in_absence (void)
{
  g_autofree char *going = NULL;

  set_up ();
  sender.receive = receiver.receive = TRUE;
  write_file ("small.bin", MIB);
  going = send_folder ();
  receiver.listen_port = receiver.port;
  device_stop (&receiver);
  g_assert_true (shoal_engine_cancel (sender.engine, going, NULL));
  assert_offer_becomes (&sender, going, SHOAL_OFFER_WITHDRAWN);
  restart (&sender);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_WITHDRAWN);
  come_back ();
  g_assert_cmpuint (receiver.offers->len, ==, 2); /* shown again */
  /* Somebody calls; the sender does not, as it owes no more than a word. */
  g_free (find_receiver ());
  g_assert_true (spin_until (has_no_offers, NULL));
  g_assert_cmpuint (receiver.n_offers_gone, ==, 1);
  tear_down ();
}

/* --- Changes --------------------------------------------------------------- */

/* Who has not answered is offered what is there now. */
static gboolean
has_another_send (gconstpointer data)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_get_transfers (sender.engine);

  return transfers->len == 1
         && !g_str_equal (((ShoalTransferInfo *) transfers->pdata[0])->id, data);
}

static void
test_changed (void)
{
  g_autofree char *device = set_up_away ();
  g_autofree char *going = send_to (device, NULL);
  g_autofree char *coming = NULL;

  device_stop (&sender);
  write_file ("small.bin", 2 * MIB);
  write_file ("another.bin", 5);
  device_start (&sender);
  come_back ();
  await_offer (0);
  g_assert_true (spin_until (has_another_send, going));
  g_assert_cmpuint (sender.gone->len, ==, 1);
  g_assert_cmpstr (sender.gone->pdata[0], ==, going);
  g_assert_cmpuint (receiver.offers->len, ==, 1);
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 2 * MIB + 5);
  assert_same ("small.bin");
  assert_same ("another.bin");
  tear_down ();
}

/* What is not there any more fails, here and there. */
static void
test_vanished (void)
{
  g_autofree char *device = set_up_away ();
  g_autofree char *going = send_to (device, NULL);
  g_autofree char *elsewhere = g_strconcat (source, "-moved", NULL);
  g_autoptr (ShoalTransferInfo) info = NULL;

  device_stop (&sender);
  g_assert_cmpint (g_rename (source, elsewhere), ==, 0);
  device_start (&sender);
  come_back ();
  assert_becomes (&sender, going, SHOAL_TRANSFER_FAILED, 0);
  info = look (&sender, going);
  g_assert_error (info->error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND);
  g_assert_cmpint (shoal_error_get_side (info->error), ==, SHOAL_SIDE_HERE);
  g_assert_nonnull (shoal_error_get_next (info->error));
  g_assert_true (info->can_retry);
  tear_down ();
}

/* --- Time ------------------------------------------------------------------ */

static void
on_written (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gconstpointer data)
{
  return *(const gboolean *) data;
}

/* As if all that is stored had been there for longer. */
static void
age (Device *device, gint64 by)
{
  g_autofree char *state = g_build_filename (device->folder, "state", NULL);
  g_autoptr (GError) error = NULL;
  ShoalDatabase *database = shoal_database_open (SHOAL_RUNTIME (runtime), state, &error);
  g_autoptr (GPtrArray) stored = shoal_state_transfers_load (database, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (stored->len, >, 0);
  for (guint i = 0; i < stored->len; i++)
    {
      ShoalStoredTransfer *one = g_ptr_array_index (stored, i);
      gboolean written = FALSE;

      one->created -= by;
      one->told -= one->told > 0 ? by : 0;
      one->started -= one->started > 0 ? by : 0;
      one->heard -= one->heard > 0 ? by : 0;
      shoal_state_transfers_save (database, one, on_written, &written);
      g_assert_true (spin_until (is_true, &written));
    }
  shoal_database_unref (database);
  shoal_main_runtime_drain (runtime);
}

/* A week without an answer: it is over on both sides. */
static void
test_lapses (void)
{
  g_autofree char *going = NULL;
  g_autoptr (ShoalTransferInfo) info = NULL;

  set_up ();
  sender.receive = receiver.receive = TRUE;
  write_file ("small.bin", MIB);
  going = send_folder ();
  assert_offer_becomes (&sender, going, SHOAL_OFFER_UNANSWERED);
  receiver.listen_port = receiver.port;
  device_stop (&sender);
  device_stop (&receiver);
  age (&sender, 7 * DAY + HOUR);
  age (&receiver, 7 * DAY + HOUR);
  g_ptr_array_set_size (receiver.offers, 0);
  device_start (&receiver);
  g_assert_cmpuint (receiver.offers->len, ==, 0);
  g_assert_true (has_no_offers (NULL));
  g_assert_cmpuint (count_transfers (&receiver), ==, 0);
  device_start (&sender);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_LAPSED);
  info = look (&sender, going);
  g_assert_cmpint (info->phase, ==, SHOAL_TRANSFER_FAILED);
  g_assert_error (info->error, SHOAL_ERROR, (int) SHOAL_ERROR_TIMED_OUT);
  g_assert_true (info->can_retry);
  restart (&sender);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_LAPSED);
  tear_down ();
}

/* One that has not reached its receiver waits longer. */
static void
test_waits_longer (void)
{
  g_autofree char *device = set_up_away ();
  g_autofree char *going = send_to (device, NULL);

  device_stop (&sender);
  age (&sender, 20 * DAY);
  device_start (&sender);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_QUEUED);
  device_stop (&sender);
  age (&sender, 11 * DAY);
  device_start (&sender);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_LAPSED);
  come_back ();
  g_free (find_receiver ());
  spin_for (200 * 1000);
  g_assert_cmpuint (receiver.offers->len, ==, 0);
  tear_down ();
}

/* Accepted, and then nobody came for it: a month. */
static void
test_accepted_lapses (void)
{
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;

  set_up ();
  sender.receive = receiver.receive = TRUE;
  write_file ("large.bin", 200 * MIB);
  going = send_folder ();
  coming = accept_offer (NULL);
  assert_becomes (&sender, going, SHOAL_TRANSFER_RUNNING, 1);
  receiver.listen_port = receiver.port;
  device_stop (&receiver);
  device_stop (&sender);
  age (&sender, 29 * DAY);
  device_start (&sender);
  assert_becomes (&sender, going, SHOAL_TRANSFER_CONNECTING, 1);
  device_stop (&sender);
  age (&sender, 2 * DAY);
  device_start (&sender);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_LAPSED);
  come_back ();
  g_free (find_receiver ());
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_FAILED, 0);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
#define ADD(path, func) g_test_add_func ("/engine/waiting/" path, func)
#define ADD_DATA(path, data, func) g_test_add_data_func ("/engine/waiting/" path, data, func)
  ADD_DATA ("queued", NULL, test_queued);
  ADD_DATA ("queued-text", "Hello", test_queued);
  ADD_DATA ("queued-link", "https://example.org/", test_queued);
  ADD_DATA ("accepted-in-absence", GINT_TO_POINTER (TRUE), test_answered_in_absence);
  ADD_DATA ("declined-in-absence", GINT_TO_POINTER (FALSE), test_answered_in_absence);
  ADD ("withdrawn-in-absence", test_withdrawn_in_absence);
  ADD ("changed", test_changed);
  ADD ("vanished", test_vanished);
  ADD ("lapses", test_lapses);
  ADD ("waits-longer", test_waits_longer);
  ADD ("accepted-lapses", test_accepted_lapses);
  status = g_test_run ();
  shoal_main_runtime_drain (runtime);
  g_object_unref (runtime);
  return status;
}
