/* test-transfers.c: two engines; a person who chooses, pauses, cancels and restarts.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-pair.h"

#include "shoal-error.h"

#include <glib/gstdio.h>
#include <string.h>

#define MIB (1024 * 1024)
/* Enough that it is not over before it is paused. */
#define LARGE (200 * MIB)

/* --- Choosing -------------------------------------------------------------- */

static void
test_chosen (void)
{
  const char *const chosen[] = { "a/", "c.txt", NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (ShoalTransferInfo) info = NULL;
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  write_file ("a/one.bin", 300 * 1000);
  write_file ("a/deep/two.bin", 70 * 1000);
  write_file ("b.bin", 5 * MIB);
  write_file ("c.txt", 5);
  going = send_folder ();

  /* The names can be looked at before the answer. */
  shoal_engine_get_offer_files_async (receiver.engine, last_offer (), on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  files = shoal_engine_get_offer_files_finish (receiver.engine, result, &error);
  g_assert_no_error (error);
  g_clear_object (&result); /* it holds the engine */
  g_assert_true (g_ptr_array_find_with_equal_func (files, "a/deep/two.bin", g_str_equal, NULL));
  g_assert_true (g_ptr_array_find_with_equal_func (files, "b.bin", g_str_equal, NULL));
  g_assert_true (g_ptr_array_find_with_equal_func (files, "a/deep/", g_str_equal, NULL));
  g_assert_cmpuint (files->len, ==, 4 + 2);

  coming = accept_offer (chosen);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 370 * 1000 + 5);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, 370 * 1000 + 5);
  info = look (&sender, going);
  g_assert_cmpuint (info->total, ==, 370 * 1000 + 5);
  g_assert_cmpuint (info->files, ==, 3);
  g_assert_cmpuint (info->files_failed, ==, 0);
  g_assert_true (info->verified);
  assert_same ("a/one.bin");
  assert_same ("a/deep/two.bin");
  assert_same ("c.txt");
  g_assert_false (has_arrived ("b.bin"));
  tear_down ();
}

/* Looking ends when the offer does. */
static void
test_look_in_vain (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *going = NULL;
  g_autofree char *offer = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  write_file ("a.txt", 5);
  going = send_folder ();
  offer = g_strdup (last_offer ());
  device_end (&sender);
  shoal_engine_get_offer_files_async (receiver.engine, offer, on_answer, &result);
  spin_for (200 * 1000);
  g_assert_null (result);
  device_end (&receiver);
  g_assert_true (spin_until (has_result, &result));
  g_assert_null (shoal_engine_get_offer_files_finish (receiver.engine, result, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED);
  g_clear_object (&result);
  g_assert_finalize_object (g_steal_pointer (&sender.engine));
  g_assert_finalize_object (g_steal_pointer (&receiver.engine));
  shoal_main_runtime_drain (runtime);
  device_start (&sender);
  device_start (&receiver);
  tear_down ();
}

/* --- Pausing --------------------------------------------------------------- */

/* Either side pauses: nothing comes, both say so; it goes on when that side
 * wants. */
static void
test_pause (gconstpointer data)
{
  gboolean by_sender = GPOINTER_TO_INT (data);
  Device *device = by_sender ? &sender : &receiver;
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;
  const char *id;
  uint64_t bytes;

  set_up ();
  write_file ("large.bin", LARGE);
  going = send_folder ();
  coming = accept_offer (NULL);
  id = by_sender ? going : coming;
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_RUNNING, MIB);
  g_assert_true (shoal_engine_pause (device->engine, id, NULL));
  assert_becomes (device, id, SHOAL_TRANSFER_PAUSED, 0);
  if (!by_sender)
    assert_becomes (&sender, going, SHOAL_TRANSFER_PAUSED, 0);

  spin_for (G_USEC_PER_SEC); /* what was on its way has come */
  bytes = bytes_of (&receiver, coming);
  g_assert_cmpuint (bytes, <, LARGE);
  spin_for (G_USEC_PER_SEC / 2);
  g_assert_cmpuint (bytes_of (&receiver, coming), ==, bytes);

  g_assert_true (shoal_engine_resume (device->engine, id, NULL));
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, LARGE);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, LARGE);
  assert_same ("large.bin");
  g_assert_false (shoal_engine_pause (device->engine, id, NULL));
  tear_down ();
}

/* --- Cancelling ------------------------------------------------------------ */

static guint
count_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Either side cancels: it ends on both, and nothing of it is left. */
static void
test_cancel (gconstpointer data)
{
  gboolean by_sender = GPOINTER_TO_INT (data);
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;
  g_autoptr (ShoalTransferInfo) sent = NULL;

  set_up ();
  write_file ("large.bin", LARGE);
  going = send_folder ();
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_RUNNING, MIB);
  g_assert_true (by_sender ? shoal_engine_cancel (sender.engine, going, NULL)
                           : shoal_engine_cancel (receiver.engine, coming, NULL));
  assert_becomes (&sender, going, SHOAL_TRANSFER_FAILED, 0);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_FAILED, 0);
  sent = look (&sender, going);
  g_assert_error (sent->error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED);
  spin_for (G_USEC_PER_SEC / 2);
  g_assert_cmpuint (count_files (receiver.folder), ==, 1); /* its state */
  tear_down ();
}

/* What an earlier run has left goes as well, although nothing of it is open. */
static gboolean
only_state_is_left (gconstpointer data)
{
  return count_files (receiver.folder) == 1;
}

static void
test_cancel_dormant (gconstpointer data)
{
  gboolean by_sender = GPOINTER_TO_INT (data);
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;

  set_up ();
  write_file ("large.bin", LARGE);
  going = send_folder ();
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_RUNNING, MIB);
  g_assert_true (shoal_engine_pause (receiver.engine, coming, NULL));
  receiver.listen_port = receiver.port;
  restart (&receiver);
  g_assert_cmpuint (count_files (receiver.folder), ==, 2);
  if (by_sender)
    {
      g_free (find_receiver ());
      g_assert_true (shoal_engine_cancel (sender.engine, going, NULL));
    }
  else
    {
      g_assert_true (shoal_engine_cancel (receiver.engine, coming, NULL));
    }
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_FAILED, 0);
  g_assert_true (spin_until (only_state_is_left, NULL));
  tear_down ();
}

/* --- Restarting ------------------------------------------------------------ */

/* An offer that nobody has answered outlives a restart of either side. */
static void
test_offer_persists (gconstpointer data)
{
  gboolean of_sender = GPOINTER_TO_INT (data);
  g_autofree char *going = NULL;
  g_autofree char *again = NULL;
  g_autofree char *coming = NULL;
  g_autofree char *first = NULL;

  set_up ();
  write_file ("small.bin", MIB);
  going = send_folder ();
  first = g_strdup (last_offer ());
  if (of_sender)
    {
      device_stop (&sender);
      device_start (&sender);
      again = send_folder ();
    }
  else
    {
      int port = receiver.port;

      device_stop (&receiver);
      receiver.listen_port = port;
      device_start (&receiver);
      again = g_strdup (going);
      await_offer (1);
    }
  g_assert_cmpstr (going, ==, again);
  g_assert_cmpstr (first, ==, last_offer ());
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, MIB);
  assert_becomes (&sender, again, SHOAL_TRANSFER_DONE, MIB);
  assert_same ("small.bin");
  tear_down ();
}

/* A transfer that runs goes on by itself after a restart of the receiver. */
static void
test_transfer_persists (void)
{
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;
  uint64_t kept;

  set_up ();
  write_file ("large.bin", LARGE);
  going = send_folder ();
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_RUNNING, MIB);
  kept = bytes_of (&receiver, coming);
  receiver.listen_port = receiver.port;
  device_stop (&receiver);
  device_start (&receiver);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, LARGE);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, LARGE);
  {
    g_autoptr (ShoalTransferInfo) info = look (&receiver, coming);

    g_assert_cmpuint (info->kept, >=, kept);
  }
  assert_same ("large.bin");
  tear_down ();
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/engine/transfers/chosen", test_chosen);
  g_test_add_func ("/engine/transfers/look-in-vain", test_look_in_vain);
  g_test_add_data_func ("/engine/transfers/paused-by-receiver", GINT_TO_POINTER (FALSE),
                        test_pause);
  g_test_add_data_func ("/engine/transfers/paused-by-sender", GINT_TO_POINTER (TRUE), test_pause);
  g_test_add_data_func ("/engine/transfers/cancelled-by-receiver", GINT_TO_POINTER (FALSE),
                        test_cancel);
  g_test_add_data_func ("/engine/transfers/cancelled-by-sender", GINT_TO_POINTER (TRUE),
                        test_cancel);
  g_test_add_data_func ("/engine/transfers/cancelled-dormant-by-receiver", GINT_TO_POINTER (FALSE),
                        test_cancel_dormant);
  g_test_add_data_func ("/engine/transfers/cancelled-dormant-by-sender", GINT_TO_POINTER (TRUE),
                        test_cancel_dormant);
  g_test_add_data_func ("/engine/transfers/offer-and-restarted-receiver", GINT_TO_POINTER (FALSE),
                        test_offer_persists);
  g_test_add_data_func ("/engine/transfers/offer-and-restarted-sender", GINT_TO_POINTER (TRUE),
                        test_offer_persists);
  g_test_add_func ("/engine/transfers/restarted-receiver", test_transfer_persists);
  status = g_test_run ();
  shoal_main_runtime_drain (runtime);
  g_object_unref (runtime);
  return status;
}
