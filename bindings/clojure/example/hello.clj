(require '[quintet.core :as quintet])

(defn handler [request]
  {:status 200 :headers {} :body (str "You asked for " (:uri request))})

(println "listening on" (quintet/port (quintet/run-server handler {})))
