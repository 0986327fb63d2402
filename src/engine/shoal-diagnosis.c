/* shoal-diagnosis.c: the steps of a diagnosis, told as they end.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-diagnosis.h"

#include "shoal-diagnosis-private.h"

#include <glib/gi18n-lib.h>

G_DEFINE_ENUM_TYPE (ShoalCheckState, shoal_check_state,
  G_DEFINE_ENUM_VALUE (SHOAL_CHECK_RUNNING, "running"),
  G_DEFINE_ENUM_VALUE (SHOAL_CHECK_OK, "ok"),
  G_DEFINE_ENUM_VALUE (SHOAL_CHECK_FAILED, "failed"),
  G_DEFINE_ENUM_VALUE (SHOAL_CHECK_UNKNOWN, "unknown"))

static const struct
{
  const char *id, *title;
} STEPS[SHOAL_N_STEPS] = {
  [SHOAL_STEP_NETWORK] = { "network", N_("This device is on a network") },
  [SHOAL_STEP_DISCOVERY] = { "discovery", N_("Devices on this network can be found") },
  [SHOAL_STEP_VISIBLE] = { "visible", N_("Others may see this device") },
  [SHOAL_STEP_PORT] = { "port", N_("Shoal is listening") },
  [SHOAL_STEP_FIREWALL] = { "firewall", N_("No firewall is in the way") },
  [SHOAL_STEP_REACHABLE] = { "reachable", N_("Other devices get through to this one") },
  [SHOAL_STEP_VPN] = { "vpn", N_("No VPN takes the way") },
  [SHOAL_STEP_TRACKER] = { "tracker", N_("Devices elsewhere can be met on the internet") },
};

/* --- Checks -------------------------------------------------------------- */

ShoalCheck *
shoal_check_ref (ShoalCheck *check)
{
  return g_atomic_rc_box_acquire (check);
}

static void
check_clear (gpointer data)
{
  ShoalCheck *check = data;

  g_free (check->id);
  g_free (check->title);
  g_free (check->cause);
  g_free (check->remedy);
  g_free (check->remedy_id);
  g_free (check->detail);
}

void
shoal_check_unref (ShoalCheck *check)
{
  g_atomic_rc_box_release_full (check, check_clear);
}

static ShoalCheck *
new_check (ShoalStep step, ShoalCheckState state)
{
  ShoalCheck *check = g_atomic_rc_box_new0 (ShoalCheck);

  check->id = g_strdup (STEPS[step].id);
  check->title = g_strdup (_(STEPS[step].title));
  check->state = state;
  return check;
}

/* --- Life ---------------------------------------------------------------- */

ShoalDiagnosis *
shoal_diagnosis_ref (ShoalDiagnosis *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_diagnosis_unref (ShoalDiagnosis *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->task == NULL && self->timer == 0);
  for (guint i = 0; i < SHOAL_N_STEPS; i++)
    g_clear_pointer (&self->checks[i], shoal_check_unref);
  g_ptr_array_unref (self->interfaces);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* Nothing is told after this. @error: (transfer full) (nullable) */
static void
end (ShoalDiagnosis *self, GError *error)
{
  ShoalEngine *engine = self->engine;
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  self->engine = NULL;
  shoal_runtime_clear_timer (engine_runtime (engine), &self->timer);
  g_cancellable_cancel (self->cancellable);
  g_ptr_array_remove_fast (engine->diagnoses, self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    {
      GPtrArray *checks
        = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_check_unref);

      for (guint i = 0; i < SHOAL_N_STEPS; i++)
        g_ptr_array_add (checks, shoal_check_ref (self->checks[i]));
      g_task_return_pointer (task, checks, (GDestroyNotify) g_ptr_array_unref);
    }
  shoal_diagnosis_unref (self);
}

void
shoal_engine_end_diagnoses (ShoalEngine *self)
{
  while (self->diagnoses->len > 0)
    end (g_ptr_array_index (self->diagnoses, 0),
         shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL, "Shoal is stopping"));
}

static void
tell (ShoalDiagnosis *self, ShoalStep step, ShoalCheck *check)
{
  g_clear_pointer (&self->checks[step], shoal_check_unref);
  self->checks[step] = check;
  if (self->func != NULL)
    self->func (check, self->func_data);
}

void
shoal_diagnosis_tell (ShoalDiagnosis *self, ShoalStep step, ShoalCheckState state, char *cause,
                      const char *remedy, const char *remedy_id, const char *detail)
{
  ShoalCheck *check;

  if (self->engine == NULL)
    {
      g_free (cause);
      return;
    }
  check = new_check (step, state);
  check->cause = cause;
  check->remedy = g_strdup (remedy);
  check->remedy_id = g_strdup (remedy_id);
  check->detail = g_strdup (detail);
  tell (self, step, check);
  if (--self->n_running == 0)
    end (self, NULL);
}

gboolean
shoal_diagnosis_may_use (ShoalDiagnosis *self, const ShoalInterface *interface)
{
  const char *const *names = (const char *const *) self->engine->settings->interfaces;

  return names[0] == NULL || g_strv_contains (names, interface->name);
}

/* --- Public -------------------------------------------------------------- */

void
shoal_engine_diagnose_async (ShoalEngine *self, const char *device, ShoalCheckFunc func,
                             gpointer func_data, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ShoalDiagnosis *diagnosis;
  GError *error = NULL;

  g_return_if_fail (SHOAL_IS_ENGINE (self));
  shoal_owner_thread_assert (&self->owner);

  g_task_set_source_tag (task, shoal_engine_diagnose_async);
  if (!shoal_engine_check_running (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  diagnosis = g_new0 (ShoalDiagnosis, 1);
  g_ref_count_init (&diagnosis->ref_count);
  diagnosis->engine = self;
  diagnosis->task = g_steal_pointer (&task);
  diagnosis->func = func;
  diagnosis->func_data = func_data;
  diagnosis->interfaces = shoal_interfaces_list ();
  diagnosis->cancellable = g_cancellable_new ();
  diagnosis->n_running = SHOAL_N_STEPS;
  g_ptr_array_add (self->diagnoses, diagnosis);
  for (guint i = 0; i < SHOAL_N_STEPS; i++)
    tell (diagnosis, i, new_check (i, SHOAL_CHECK_RUNNING));

  shoal_diagnosis_ref (diagnosis); /* it may end in here */
  shoal_step_network (diagnosis);
  shoal_step_visible (diagnosis);
  shoal_step_port (diagnosis);
  shoal_step_vpn (diagnosis);
  shoal_step_tracker (diagnosis);
  shoal_step_discovery (diagnosis);
  shoal_step_firewall (diagnosis);
  shoal_step_reachable (diagnosis, device);
  shoal_diagnosis_unref (diagnosis);
}

GPtrArray *
shoal_engine_diagnose_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
