(ns quintet.conduct-server
  "The routes of io.quintet.testkit.HttpConduct, as a program."
  (:require [quintet.core :as quintet])
  (:import (io.quintet Server)
           (io.quintet.testkit Sizes)))

(defn- text [s] {:status 200 :headers {"Content-Type" "text/plain"} :body s})

(defn handler
  ([{:keys [uri query-string headers body]}]
   (case uri
     "/" (text "Hello, World!")
     "/echo" (text body)
     "/query" (text query-string)
     "/header" (text (get headers "x-test"))
     "/wait" (do (Thread/sleep 300) (text "waited"))
     "/fail" (throw (ex-info "as asked for" {}))
     {:status 404 :headers {} :body nil}))
  ([{:keys [uri] :as request} respond raise]
   (if (= uri "/wait")
     (future (respond (handler request)))
     (try (respond (handler request))
          (catch Throwable failure (raise failure))))))

(defn -main [pattern async]
  (let [^Server server (quintet/run-server handler (into {:port 0
                                                          :pattern (keyword pattern)
                                                          :async? (= async "async")}
                                                         (update-keys (Sizes/of pattern 2) keyword)))]
    (when-not (.isBackend server)
      (println (str "listening on " (quintet/port server)))
      (flush))
    (.awaitStopped server)))
