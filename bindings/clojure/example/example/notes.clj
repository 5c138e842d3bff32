(ns example.notes
  "Notes over HTTP: a Ring handler with routes and JSON.

  POST /notes {\"text\": …}, GET /notes, GET /notes/1, DELETE /notes/1."
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [quintet.core :as quintet])
  (:import (io.quintet Server)))

(defonce notes (atom (sorted-map)))
(defonce last-id (atom 0))

(defn- answer
  ([status] {:status status :headers {} :body nil})
  ([status value] {:status status
                   :headers {"Content-Type" "application/json"}
                   :body (str (json/write-str value) "\n")}))

(defn- add [{:keys [body]}]
  (let [{:strs [text]} (try (json/read (io/reader body)) (catch Exception _ nil))]
    (if (string? text)
      (let [id (swap! last-id inc)]
        (swap! notes assoc id text)
        (answer 201 {:id id :text text}))
      (answer 400 {:error "a note is {\"text\": …}"}))))

(defn- one [id method]
  (let [text (get @notes id)]
    (cond
      (nil? text) (answer 404 {:error (str "there is no note " id)})
      (= method :get) (answer 200 {:id id :text text})
      (= method :delete) (do (swap! notes dissoc id) (answer 204))
      :else (answer 405 {:error "a note answers GET and DELETE"}))))

(defn handler [{:keys [request-method uri] :as request}]
  (if-let [[_ id] (re-matches #"/notes/([0-9]{1,9})" uri)]
    (one (parse-long id) request-method)
    (case [request-method uri]
      [:get "/notes"] (answer 200 (for [[id text] @notes] {:id id :text text}))
      [:post "/notes"] (add request)
      (answer 404 {:error "there are /notes and /notes/ID"}))))

(defn -main [& [port pattern]]
  (let [^Server server (quintet/run-server handler {:port (parse-long (or port "8080"))
                                                    :pattern (keyword (or pattern "single-thread"))})]
    (println (str "listening on " (quintet/port server)))
    (.awaitStopped server)))
