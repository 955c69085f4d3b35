#include <array>

#include "api/resources.h"
#include "api/router.h"

namespace rowcall::api {

std::span<const Route> AllRoutes() {
  static constexpr std::array kRoutes = {
      Route{"GET", "/healthz", Auth::nobody, GetHealth},
      Route{"GET", "/readyz", Auth::nobody, GetReadiness},
      Route{"GET", "/metrics", Auth::nobody, GetMetrics, "text/plain"},
      Route{"GET", "/openapi.json", Auth::nobody, GetOpenApi},

      Route{"GET", "/elements", Auth::platform, ListElements},
      Route{"GET", "/elements/{key}/metadata", Auth::platform, GetElementMetadata},
      Route{"GET", "/elements/{key}/objects", Auth::platform, ListElementObjects},
      Route{"POST", "/elements/{key}/instances", Auth::platform, CreateInstance},

      Route{"POST", "/instances", Auth::platform, CreateInstance},
      Route{"GET", "/instances", Auth::platform, ListInstances},
      Route{"GET", "/instances/{id}", Auth::platform, GetInstance},
      Route{"PATCH", "/instances/{id}", Auth::platform, ChangeInstance},
      Route{"DELETE", "/instances/{id}", Auth::platform, DeleteInstance},

      Route{"GET", "/ping", Auth::element, Ping},
      Route{"GET", "/objects", Auth::element, ListObjects},
      Route{"GET", "/objects/{object}/metadata", Auth::element, GetObjectMetadata},

      Route{"GET", "/mappings", Auth::element, ListMappings},
      Route{"GET", "/mappings/{name}", Auth::element, GetMapping},
      Route{"PUT", "/mappings/{name}", Auth::element, PutMapping},
      Route{"DELETE", "/mappings/{name}", Auth::element, DeleteMapping},

      Route{"POST", "/bulk/{object}", Auth::element, UploadFile},
      Route{"GET", "/bulk/jobs", Auth::element, ListJobs},
      Route{"GET", "/bulk/{id}", Auth::element, GetJobStatus},
      Route{"GET", "/bulk/{id}/status", Auth::element, GetJobStatus},
      Route{"GET", "/bulk/{id}/events", Auth::element, FollowJob, "text/event-stream"},
      Route{"GET", "/bulk/{id}/errors", Auth::element, ListJobErrors},
      Route{"GET", "/bulk/{id}/rows", Auth::element, ListJobRows},
      Route{"DELETE", "/bulk/{id}/rows", Auth::element, PurgeJobRows},
      Route{"GET", "/bulk/{id}/causes", Auth::element, ListJobCauses},
      Route{"GET", "/bulk/{id}/results", Auth::element, ListResultFiles},
      Route{"GET", "/bulk/{id}/results/{file}", Auth::element, GetResultFile, ""},
      Route{"POST", "/bulk/{id}/retry", Auth::element, RetryJob},
      Route{"GET", "/bulk/{id}/undo", Auth::element, PlanUndo},
      Route{"POST", "/bulk/{id}/undo", Auth::element, UndoJob},
      Route{"PUT", "/bulk/{id}/cancel", Auth::element, CancelJob},
      Route{"PUT", "/bulk/{id}/pause", Auth::element, PauseJob},
      Route{"PUT", "/bulk/{id}/resume", Auth::element, ResumeJob},
  };
  return kRoutes;
}

}  // namespace rowcall::api
