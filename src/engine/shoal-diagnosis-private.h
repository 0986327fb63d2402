/* shoal-diagnosis-private.h: one diagnosis under way, and its steps.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_ENGINE_ROOM
#error "only for the engine room"
#endif

#include "shoal-diagnosis.h"
#include "shoal-engine-private.h"
#include "shoal-interfaces.h"

G_BEGIN_DECLS

typedef enum
{
  SHOAL_STEP_NETWORK,
  SHOAL_STEP_DISCOVERY,
  SHOAL_STEP_VISIBLE,
  SHOAL_STEP_PORT,
  SHOAL_STEP_FIREWALL,
  SHOAL_STEP_REACHABLE,
  SHOAL_STEP_VPN,
  SHOAL_STEP_TRACKER,
  SHOAL_N_STEPS,
} ShoalStep;

/* Kept by reference by every step that is not done. */
typedef struct
{
  grefcount      ref_count;
  ShoalEngine   *engine;      /* (unowned) (nullable): NULL once it is over */
  GTask         *task;        /* (owned) (nullable): until it is answered */
  ShoalCheckFunc func;
  gpointer       func_data;
  ShoalCheck    *checks[SHOAL_N_STEPS]; /* (owned): as they were last told */
  guint          n_running;
  GPtrArray     *interfaces;  /* (owned) of ShoalInterface */
  GCancellable  *cancellable; /* (owned): ends what the steps wait for */
  guint          timer;       /* of the discovery */
  gint64         deadline;
} ShoalDiagnosis;

ShoalDiagnosis *shoal_diagnosis_ref   (ShoalDiagnosis *self);
void            shoal_diagnosis_unref (ShoalDiagnosis *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDiagnosis, shoal_diagnosis_unref)

/* The step is done. All texts translated, @cause: (transfer full) (nullable);
 * the others: (nullable). */
void shoal_diagnosis_tell (ShoalDiagnosis *self, ShoalStep step, ShoalCheckState state,
                           char *cause, const char *remedy, const char *remedy_id,
                           const char *detail);
/* TRUE if @interface may be used by the settings. */
gboolean shoal_diagnosis_may_use (ShoalDiagnosis *self, const ShoalInterface *interface);

/* --- shoal-diagnosis-steps.c: what is known here -------------------------- */

void shoal_step_network   (ShoalDiagnosis *self);
void shoal_step_discovery (ShoalDiagnosis *self);
void shoal_step_visible   (ShoalDiagnosis *self);
void shoal_step_port      (ShoalDiagnosis *self);
void shoal_step_vpn       (ShoalDiagnosis *self);
void shoal_step_tracker   (ShoalDiagnosis *self);

/* --- shoal-diagnosis-reach.c: what others have to say ---------------------- */

void shoal_step_reachable (ShoalDiagnosis *self, const char *device);
void shoal_step_firewall  (ShoalDiagnosis *self);
/* Is @port among what firewalld's zone settings (a{sv}) let in? Pure. */
gboolean shoal_firewall_zone_has_port (GVariant *zone, guint16 port);
/* Is ufw on, by its ufw.conf? Pure. */
gboolean shoal_firewall_ufw_is_on (const char *conf);

G_END_DECLS
