/* test-model.c: the crossing between the threads, and the lists that views bind to.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ui-fixture.h"

#include "shoal-commands-settings.h"
#include "shoal-commands.h"
#include "shoal-error.h"

static GThread *home;

/* --- Items --------------------------------------------------------------------- */

typedef struct
{
  guint  lists;  /* changes of a list */
  guint  phases;
  guint  changes; /* of the item that is watched */
  int    last_phase;
} Seen;

static void
on_items (GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
  g_assert_true (g_thread_self () == home);
  ((Seen *) user_data)->lists++;
}

static void
on_changed (ShoalTransferItem *item, gpointer user_data)
{
  g_assert_true (g_thread_self () == home);
  ((Seen *) user_data)->changes++;
}

static void
on_phase (ShoalModel *model, ShoalTransferItem *item, int from, gpointer user_data)
{
  Seen *seen = user_data;

  if (seen->phases++ == 0)
    g_signal_connect (item, "changed", G_CALLBACK (on_changed), seen);
  else
    g_assert_cmpint (from, ==, seen->last_phase);
  seen->last_phase = (int) shoal_transfer_item_get_info (item)->phase;
}

static void
limit_upload (UiFixture *ui, guint64 limit)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "upload-limit", "t", limit);
  shoal_model_change_settings_async (ui->me->model, g_variant_dict_end (&changes), NULL, NULL);
  ui_wait_for (shoal_model_get_settings (ui->me->model)->upload_limit == limit);
}

/* GTK's thread is busy for a while: what was told meanwhile comes as one. */
static void
be_busy (Seen *seen)
{
  guint before;

  g_usleep (G_USEC_PER_SEC);
  before = seen->changes;
  while (seen->changes == before)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (seen->changes - before, <=, 2);
}

/* One item from beginning to end, whose list changes once; progress comes at most
 * ten times a second, each phase once. */
static void
test_updates (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GListModel *transfers = shoal_model_get_transfers (anna->model);
  g_autofree char *path = ui_make_file (ui, "in small steps.bin", 40 << 20);
  const char *const paths[] = { path, NULL };
  const char *const devices[] = { shoal_model_get_id (anna->model), NULL };
  g_autoptr (ShoalTransferItem) item = NULL;
  Seen seen = { 0 };
  gint64 begun = g_get_monotonic_time ();
  double seconds;

  limit_upload (ui, 15 << 20);
  g_signal_connect (transfers, "items-changed", G_CALLBACK (on_items), &seen);
  g_signal_connect (anna->model, "transfer-phase", G_CALLBACK (on_phase), &seen);
  shoal_model_send_async (ui->me->model, paths, NULL, devices, NULL, NULL);
  ui_accept_there (anna);
  ui_wait_for (g_list_model_get_n_items (transfers) == 1);
  item = g_list_model_get_item (transfers, 0);
  ui_wait_for (shoal_transfer_item_is_moving (item) && seen.changes > 5);
  be_busy (&seen);
  ui_wait_for (shoal_transfer_item_get_info (item)->phase == SHOAL_TRANSFER_DONE);

  seconds = (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC;
  g_test_message ("%u changes in %.1f s, %u phases", seen.changes, seconds, seen.phases);
  g_assert_cmpuint (seen.lists, ==, 1);
  g_assert_cmpuint (seen.changes, <=, (guint) (seconds * 10) + 2 * seen.phases + 2);
  g_assert_cmpfloat (shoal_transfer_item_get_fraction (item), ==, 1);
  g_assert_true (shoal_model_find_transfer (anna->model, shoal_transfer_item_get_id (item))
                 == item);
  ui_wait_for (!shoal_model_is_moving (anna->model));
  g_signal_handlers_disconnect_by_data (transfers, &seen);
  g_signal_handlers_disconnect_by_data (anna->model, &seen);
  g_signal_handlers_disconnect_by_data (item, &seen);
}

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (g_param_spec_get_name (pspec)));
}

/* Only what differs is notified. */
static void
test_notifies (UiFixture *ui)
{
  g_autoptr (ShoalDeviceInfo) one = shoal_device_info_new ();
  g_autoptr (ShoalDeviceInfo) other = shoal_device_info_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ShoalDeviceItem) item = NULL;

  one->id = g_strdup ("id");
  one->label = g_strdup ("Anna");
  other->id = g_strdup ("id");
  other->label = g_strdup ("Anna");
  other->is_friend = TRUE;
  item = shoal_device_item_new (one);
  g_signal_connect (item, "notify", G_CALLBACK (on_notify), names);
  shoal_device_item_update (item, one);
  g_assert_cmpuint (names->len, ==, 0);
  shoal_device_item_update (item, other);
  g_assert_cmpuint (names->len, ==, 1);
  g_assert_cmpstr (names->pdata[0], ==, "is-friend");
}

static void
test_rates (UiFixture *ui)
{
  g_autoptr (ShoalTransferInfo) info = shoal_transfer_info_new ();
  g_autoptr (ShoalTransferItem) item = NULL;
  g_autofree double *rates = NULL;
  guint n;

  info->id = g_strdup ("id");
  info->phase = SHOAL_TRANSFER_RUNNING;
  item = shoal_transfer_item_new (info);
  for (guint i = 1; i <= SHOAL_TRANSFER_ITEM_RATES + 5; i++)
    {
      g_autoptr (ShoalTransferInfo) next = shoal_transfer_info_new ();

      next->id = g_strdup ("id");
      next->phase = SHOAL_TRANSFER_RUNNING;
      next->rate = i;
      shoal_transfer_item_update (item, next);
      shoal_transfer_item_sample (item, i * G_USEC_PER_SEC);
      shoal_transfer_item_sample (item, i * G_USEC_PER_SEC + 1); /* too soon */
    }
  rates = shoal_transfer_item_dup_rates (item, &n);
  g_assert_cmpuint (n, ==, SHOAL_TRANSFER_ITEM_RATES);
  g_assert_cmpfloat (rates[0], ==, 6);
  g_assert_cmpfloat (rates[n - 1], ==, SHOAL_TRANSFER_ITEM_RATES + 5);
}

/* --- Commands -------------------------------------------------------------------- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (g_thread_self () == home);
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
on_error (ShoalModel *model, const GError *error, gpointer user_data)
{
  g_assert_true (g_thread_self () == home);
  *(GError **) user_data = g_error_copy (error);
}

/* An answer, an error to the caller, and an error that nobody waits for. */
static void
test_commands (UiFixture *ui)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) told = NULL;
  gulong handler;

  shoal_model_set_name_async (ui->me->model, "", on_done, &result);
  g_assert_null (result);
  ui_wait_for (result != NULL);
  g_assert_false (shoal_model_set_name_finish (ui->me->model, result, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);

  handler = g_signal_connect (ui->me->model, "error", G_CALLBACK (on_error), &told);
  shoal_model_pause (ui->me->model, "no such transfer");
  ui_wait_for (told != NULL);
  g_assert_error (told, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND);
  g_signal_handler_disconnect (ui->me->model, handler);
}

static void
on_freed (gpointer data)
{
  g_assert_true (g_thread_self () == home);
  *(gboolean *) data = TRUE;
}

static void
never (ShoalEngine *engine, gpointer data)
{
  g_assert_not_reached ();
}

/* Without an engine a command is answered all the same, and its data freed. */
static void
test_without_engine (UiFixture *ui)
{
  UiPerson *anna = ui_person (ui, "Anna");
  const char *const devices[] = { "whoever", NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = NULL;
  gboolean freed = FALSE;

  shoal_model_stop (anna->model);
  shoal_model_stop (anna->model);
  shoal_model_send_async (anna->model, NULL, "too late", devices, on_done, &result);
  shoal_engine_thread_call (shoal_model_get_thread (anna->model), never, &freed, on_freed);
  ui_wait_for (result != NULL);
  ids = shoal_model_send_finish (anna->model, result, &error);
  g_assert_null (ids);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED);
  ui_wait_for (freed);
  ui_wait_for (shoal_model_get_state (anna->model) == SHOAL_MODEL_STOPPED);
}

/* --- Beginning ---------------------------------------------------------------------- */

/* The state is somebody else's; once they have gone, trying again helps. */
static void
test_retry (UiFixture *ui)
{
  UiPerson *anna = ui_person (ui, "Anna");
  ShoalEngineOptions options = { .state_dir = anna->folder, .listen_address = "127.0.0.1",
                                 .no_discovery = TRUE, .visibility = -1 };
  g_autoptr (ShoalModel) model = shoal_model_new (&options);

  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_FAILED);
  g_assert_error (shoal_model_get_error (model), SHOAL_ERROR, SHOAL_ERROR_IN_USE);
  ui_go (ui, anna);
  shoal_model_retry (model);
  g_assert_null (shoal_model_get_error (model));
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_WELCOME);
  g_assert_cmpstr (shoal_model_get_name (model), ==, "Anna");
  g_assert_null (shoal_model_get_listening (model)[0]);
  shoal_model_begin (model);
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_RUNNING);
  g_assert_nonnull (shoal_model_get_listening (model)[0]);
  shoal_model_stop (model);
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_STOPPED);
}

/* Dropped at any moment, it ends well. */
static void
test_dropped (UiFixture *ui)
{
  g_autofree char *folder = g_build_filename (ui->folder, "dropped", NULL);
  ShoalEngineOptions options = { .state_dir = folder, .listen_address = "127.0.0.1",
                                 .no_discovery = TRUE, .visibility = -1 };
  ShoalModel *model = shoal_model_new (&options);

  g_assert_finalize_object (model);

  model = shoal_model_new (&options);
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_WELCOME);
  shoal_model_begin (model);
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_RUNNING);
  g_assert_finalize_object (model);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  home = g_thread_self ();
  ui_add ("/model/updates", test_updates);
  ui_add ("/model/notifies", test_notifies);
  ui_add ("/model/rates", test_rates);
  ui_add ("/model/commands", test_commands);
  ui_add ("/model/without-engine", test_without_engine);
  ui_add ("/model/retry", test_retry);
  ui_add ("/model/dropped", test_dropped);
  return g_test_run ();
}
